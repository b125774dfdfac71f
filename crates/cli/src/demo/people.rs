//! People with vaults of their own, each asking through the one door.

use std::path::Path;

use senim_app::ids::{DocId, MemberId, Role};
use senim_app::view::{OrganisationView, SectionView, SyncedView, VisitView};
use senim_app::{ApiError, App, Request, Response};

use crate::demo::stage::Stage;
use crate::fail::Failed;

/// Someone with a tablet or at a desk.
#[derive(Debug)]
pub struct Person {
    app: App,
    /// Their name, as colleagues see it.
    pub name: String,
    /// Their id in the roster; none before they joined.
    pub member: Option<MemberId>,
}

impl Person {
    /// Makes a vault for them.
    ///
    /// # Errors
    /// [`Failed`] if there is one already or the disk refuses.
    pub async fn new(folder: &Path, name: &str, passphrase: &str) -> Result<Self, Failed> {
        Self::with(App::new(folder.to_owned()), name, passphrase).await
    }

    /// Makes a vault for them in the folder that `app` stands on.
    ///
    /// # Errors
    /// [`Failed`] if there is one already or the disk refuses.
    pub async fn with(app: App, name: &str, passphrase: &str) -> Result<Self, Failed> {
        let person = Self {
            app,
            name: name.to_owned(),
            member: None,
        };
        person
            .ask(Request::CreateVault {
                passphrase: passphrase.to_owned(),
            })
            .await?;
        Ok(person)
    }

    /// Their app.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Asks one request.
    ///
    /// # Errors
    /// As the app answers.
    pub async fn ask(&self, request: Request) -> Result<Response, ApiError> {
        self.app
            .dispatch(request, Vec::new())
            .await
            .map(|reply| reply.response)
    }

    /// Founds the organisation on this person's device, lets the server know it, and sets the server.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn found(&mut self, organisation: &str, stage: &Stage) -> Result<(), Failed> {
        let (name, member_name) = (organisation.to_owned(), self.name.clone());
        self.ask(Request::FoundOrganisation { name, member_name })
            .await?;
        let list = self.app.dispatch(Request::FoundingList, Vec::new()).await?;
        stage
            .add_organisation(&list.bytes.unwrap_or_default())
            .await?;
        let (origin, pins) = (stage.origin.clone(), vec![stage.pin.clone()]);
        self.ask(Request::SetServer { origin, pins }).await?;
        self.member = Some(self.organisation().await?.me);
        Ok(())
    }

    /// Brings `newcomer` in: invite, join request, the same code on both screens, admission, and the newcomer's first sync.
    ///
    /// # Errors
    /// [`Failed`]; `codes-differ` if the two screens do not show the same.
    pub async fn admit(&self, newcomer: &mut Self, role: Role) -> Result<(), Failed> {
        let invite = self.code_text(Request::MakeInvite).await?.0;
        let (request, theirs) = newcomer
            .code_text(Request::MakeJoinRequest { invite })
            .await?;
        let shown = Request::ReadJoinRequest {
            request: request.clone(),
        };
        let mine = self.code_text(shown).await?.1;
        if theirs.is_none() || theirs != mine {
            return Err(Failed::new(
                "codes-differ",
                "the two screens show different codes",
            ));
        }
        let name = Some(newcomer.name.clone());
        self.ask(Request::AdmitDevice {
            request,
            member: None,
            name,
            role,
        })
        .await?;
        self.sync().await?;
        newcomer.sync().await?;
        newcomer.member = Some(newcomer.organisation().await?.me);
        Ok(())
    }

    /// One sync.
    ///
    /// # Errors
    /// As the app answers.
    pub async fn sync(&self) -> Result<SyncedView, ApiError> {
        match self.ask(Request::Sync).await? {
            Response::Synced(view) => Ok(view),
            _ => Err(senim_app::ids::ErrorCode::Internal.into()),
        }
    }

    /// The organisation as they see it.
    ///
    /// # Errors
    /// As the app answers.
    pub async fn organisation(&self) -> Result<OrganisationView, ApiError> {
        match self.ask(Request::Organisation).await? {
            Response::Organisation(view) => Ok(view),
            _ => Err(senim_app::ids::ErrorCode::Internal.into()),
        }
    }

    /// A visit as they see it.
    ///
    /// # Errors
    /// As the app answers.
    pub async fn visit(&self, visit: DocId) -> Result<VisitView, ApiError> {
        match self.ask(Request::Visit { visit }).await? {
            Response::Visit(view) => Ok(view),
            _ => Err(senim_app::ids::ErrorCode::Internal.into()),
        }
    }

    /// A section as they see it.
    ///
    /// # Errors
    /// As the app answers.
    pub async fn section(&self, request: Request) -> Result<SectionView, ApiError> {
        match self.ask(request).await? {
            Response::Section(view) => Ok(view),
            _ => Err(senim_app::ids::ErrorCode::Internal.into()),
        }
    }

    async fn code_text(&self, request: Request) -> Result<(String, Option<String>), ApiError> {
        match self.ask(request).await? {
            Response::CodeText(view) => Ok((view.text, view.compare)),
            _ => Err(senim_app::ids::ErrorCode::Internal.into()),
        }
    }
}

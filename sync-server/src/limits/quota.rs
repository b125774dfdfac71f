//! Bytes a day, counted coarsely: the store holds whole mebibytes, and what is below one stays in memory.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use super::Limits;
use crate::auth::Caller;
use crate::passing::Passing;
use crate::store::StoreError;

const MIB: u64 = 1024 * 1024;

/// The quotas of devices and organisations.
#[derive(Debug)]
pub struct Quota {
    device_mib: u64,
    org_mib: u64,
    /// Bytes below a mebibyte, by who.
    remainders: Mutex<(u32, BTreeMap<Vec<u8>, u64>)>,
}

impl Quota {
    /// Quotas of these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            device_mib: limits.device_mib_per_day,
            org_mib: limits.org_mib_per_day,
            remainders: Mutex::default(),
        }
    }

    /// Whether the caller and its organisation may write `bytes` more on `day`.
    ///
    /// # Errors
    /// [`StoreError`] if the counters cannot be read.
    pub async fn allows(
        &self,
        passing: &dyn Passing,
        caller: &Caller,
        day: u32,
        bytes: u64,
    ) -> Result<bool, StoreError> {
        let pairs = [
            (self.device_mib, caller.key().as_bytes().to_vec()),
            (self.org_mib, caller.org().id.as_bytes().to_vec()),
        ];
        for (limit, who) in pairs {
            if limit == 0 {
                continue;
            }
            let whole = passing.usage(day, &who).await?.saturating_mul(MIB);
            let used = whole.saturating_add(self.remainder(day, &who).await);
            if used.saturating_add(bytes) > limit.saturating_mul(MIB) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn remainder(&self, day: u32, who: &[u8]) -> u64 {
        let remainders = self.remainders.lock().await;
        if remainders.0 == day {
            remainders.1.get(who).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// Counts what was written.
    ///
    /// # Errors
    /// [`StoreError`] if the counters cannot be written.
    pub async fn charge(
        &self,
        passing: &dyn Passing,
        caller: &Caller,
        day: u32,
        bytes: u64,
    ) -> Result<(), StoreError> {
        for (limit, who) in [
            (self.device_mib, caller.key().as_bytes().as_slice()),
            (self.org_mib, caller.org().id.as_bytes().as_slice()),
        ] {
            if limit == 0 || bytes == 0 {
                continue;
            }
            let whole = self.add(day, who, bytes).await;
            if whole > 0 {
                passing.charge(day, who, whole).await?;
            }
        }
        Ok(())
    }

    /// The whole mebibytes that are full now and leave memory.
    async fn add(&self, day: u32, who: &[u8], bytes: u64) -> u64 {
        let mut remainders = self.remainders.lock().await;
        if remainders.0 != day {
            *remainders = (day, BTreeMap::new());
        }
        let left = remainders.1.entry(who.to_vec()).or_default();
        let sum = left.saturating_add(bytes);
        *left = sum % MIB;
        sum / MIB
    }
}

import type { Role } from '../ipc/types/Role';
import { isMessage } from './fluent';
import { t } from './index';

/** The word for a kind of visit; a kind that a newer app wrote stands as it is. */
export function kindOfVisit(kind: string): string {
  const id = `visit-kind-${kind}`;
  return isMessage(id) ? t(id) : kind;
}

/** The word for a member's part in the organisation. */
export function roleName(role: Role): string {
  return t(`role-${role}`);
}

/** The word for a part in the team; one that a newer app wrote stands as it is. */
export function teamRole(role: string): string {
  const id = `team-${role}`;
  return isMessage(id) ? t(id) : role;
}

/** The words for a kind of evidence; one that a newer app wrote stands as it is. */
export function evidenceName(kind: string): string {
  const id = `evidence-${kind}`;
  return isMessage(id) ? t(id) : kind;
}

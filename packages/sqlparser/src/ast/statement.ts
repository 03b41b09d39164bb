import type * as admin from './admin';
import type { AlterMigration, AlterVschema, Ddl, RevertMigration } from './ddl';
import type { Delete, Insert, Update } from './dml';
import type { Query } from './query';

export type AdminStatement =
  | admin.SetVariables
  | admin.SetTransaction
  | admin.SetStatement
  | admin.Show
  | admin.Use
  | admin.Explain
  | admin.ExplainConnection
  | admin.Describe
  | admin.VExplain
  | admin.Begin
  | admin.Commit
  | admin.Rollback
  | admin.Savepoint
  | admin.RollbackTo
  | admin.ReleaseSavepoint
  | admin.LockTables
  | admin.UnlockTables
  | admin.Flush
  | admin.Kill
  | admin.Call
  | admin.Prepare
  | admin.Execute
  | admin.Deallocate
  | admin.Do
  | admin.LoadData
  | admin.TableAdmin
  | admin.OtherAdmin
  | admin.VStream
  | admin.CommentOnly;

export type DdlStatement = Ddl | AlterVschema | AlterMigration | RevertMigration;

export type DmlStatement = Query | Insert | Update | Delete;

export type Statement = DmlStatement | DdlStatement | AdminStatement;

export type StatementKind = Statement['kind'];

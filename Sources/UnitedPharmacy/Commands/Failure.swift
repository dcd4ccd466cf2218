internal import ArgumentParser
internal import Glibc
internal import PharmacyServices
internal import PharmacyStore

/// Reports the errors of commands.
enum Failure {
    /// Runs a command, and prints its error as a sentence.
    /// - Throws: `ExitCode`: 2 for invalid settings, 1 for other errors.
    static func reported(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as ConfigurationError {
            for fault in error.faults { Terminal.error(fault) }
            throw ExitCode(2)
        } catch let error as DatabaseRefusal {
            Terminal.error(error.description)
            throw ExitCode(1)
        } catch let error as StoreError {
            Terminal.error(error.description)
            throw ExitCode(1)
        } catch let error as CommandError {
            Terminal.error(error.description)
            throw ExitCode(1)
        } catch let error as OperationError {
            Terminal.error(error.description)
            throw ExitCode(1)
        } catch let error as AuditAnchorFile.Failure {
            Terminal.error("The audit log's anchors cannot be read or written: \(error).")
            throw ExitCode(1)
        } catch let error as ServiceError {
            Terminal.error("The command failed: \(FailureCause.words(error)).")
            throw ExitCode(1)
        }
    }
}

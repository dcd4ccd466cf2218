internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import PartnerAPI

/// The executable `united-pharmacy`.
@main
struct UnitedPharmacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "united-pharmacy", abstract: "The United Pharmacy Partner API.", version: PartnerAPIRouter.version,
        subcommands: [
            ServeCommand.self, TenantCommand.self, SetupTokenCommand.self, CredentialCommand.self,
            PharmacyCommand.self,
            WebhookSecretCommand.self, DeliveriesCommand.self, KeyCommand.self, QuarantineCommand.self,
            AuditCommand.self, BackupCommand.self,
            RestoreCommand.self, CopyCommand.self, IntegrityCommand.self,
        ])

    static func main() async {
        // Files that the process creates are never accessible to other users.
        umask(0o077)
        if let format = ProcessInfo.processInfo.environment["UP_LOG_FORMAT"].flatMap(LogFormat.init(rawValue:)) {
            Terminal.adopt(format)
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    /// Ends the process. Errors of the command line are written in the format of logs, like all other lines on standard
    /// error. Help and the version go to standard output.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        guard Terminal.isJSON, !code.isSuccess, !(error is ExitCode) else { exit(withError: error) }
        Terminal.error(fullMessage(for: error))
        Glibc.exit(code.rawValue)
    }
}

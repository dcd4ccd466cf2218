internal import ArgumentParser
internal import PartnerAPI

/// The executable `united-pharmacy`.
@main
struct UnitedPharmacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "united-pharmacy", abstract: "The United Pharmacy Partner API.", version: PartnerAPI.version,
        subcommands: [
            ServeCommand.self, TenantCommand.self, SetupTokenCommand.self, CredentialCommand.self,
            PharmacyCommand.self,
            WebhookSecretCommand.self, KeyCommand.self, QuarantineCommand.self, AuditCommand.self, BackupCommand.self,
            RestoreCommand.self, CopyCommand.self, IntegrityCommand.self,
        ])
}

internal import ArgumentParser
internal import Logging
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy pharmacy`.
struct PharmacyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pharmacy", abstract: "Show the pharmacies to which a tenant's orders can be routed.",
        subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Query the pharmacy system of a tenant for its pharmacies.",
            discussion: "Includes inactive pharmacies, which partners do not see.")

        @Argument var tenant: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, configuration in
                let factory = PharmacySystemsFactory(
                    configuration, installation, logger: Logger(label: "united-pharmacy"))
                let operations = OperatorOptions.operations(installation, configuration)
                let outcome: Result<[JSON], any Error>
                do {
                    outcome = .success(try await operations.pharmacies(ofTenant: tenant, systems: factory.systems))
                } catch {
                    outcome = .failure(error)
                }
                await factory.shutdown()
                options.show(.array(try outcome.get()))
            }
        }
    }
}

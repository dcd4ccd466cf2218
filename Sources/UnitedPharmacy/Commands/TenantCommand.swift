internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy tenant`.
struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "The partners.",
        subcommands: [Create.self, List.self, Show.self, Suspend.self, Resume.self, Delete.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a tenant, and show its setup token this once.")

        @Argument(help: "Its name, the {tenant} of its paths: a to z, 0 to 9, and hyphens inside.")
        var name: String

        @Flag(help: "With simulated pharmacies, wiped periodically.")
        var sandbox = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.createTenant(named: name, kind: sandbox ? .sandbox : .live) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { .array(try await $0.tenants()) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a tenant.")

        @Argument(help: "Its name, or its uuid as in logs.") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.tenant(named: name) }
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answer 404 on every path of a tenant, until it is resumed.")

        @Argument var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.setStatus(.suspended, ofTenant: name) }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a suspension.")

        @Argument var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.setStatus(.active, ofTenant: name) }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a tenant with all its records and the key they are sealed with. There is no way back.",
            discussion: """
                The tenant is gone at once: its key is removed first, and nothing of it can be read any more. Its records \
                follow in batches, beside all other work. A command that is stopped can be repeated; a server goes on by \
                itself.
                """)

        @Argument var name: String

        @Flag(help: "Yes, remove everything.")
        var yes = false

        @Flag(help: "Return when the key is removed, and leave the records to the server.")
        var noWait = false

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if !yes { throw ValidationError("This cannot be undone: say --yes to remove everything of \(name).") }
        }

        func run() async throws {
            try await options.run {
                try await $0.deleteTenant(named: name, waits: !noWait) { rows in
                    if !options.json, rows % 50_000 == 0 { Terminal.hint("\(rows) rows removed so far.") }
                }
            }
        }
    }
}

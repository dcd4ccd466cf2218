internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy tenant`.
struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Manage the tenants, which are the partners.",
        subcommands: [Create.self, List.self, Show.self, Suspend.self, Resume.self, Delete.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a tenant and print its setup token once, with a message to the partner.")

        @Argument(help: "The name in the tenant's paths: a to z, 0 to 9, and hyphens between them.")
        var name: String

        @Flag(help: "Create a sandbox with simulated pharmacies, which is wiped periodically.")
        var sandbox = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.runInviting { try await $0.createTenant(named: name, kind: sandbox ? .sandbox : .live) }
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

        @Argument(help: "The name or the uuid of the tenant.") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.tenant(named: name) }
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Respond with 404 on every path of a tenant until it is resumed.")

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
            abstract: "Delete a tenant with all its records and its key. This cannot be undone.",
            discussion: """
                The key is removed first, so that none of the tenant's data can be decrypted any more. The records are \
                then removed in batches, concurrently with other work. If the command is interrupted, a running server \
                continues, or repeat the command.
                """)

        @Argument var name: String

        @Flag(help: "Confirm the deletion.")
        var yes = false

        @Flag(help: "Return when the key is removed. The server removes the records.")
        var noWait = false

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if !yes { throw ValidationError("This cannot be undone. Repeat the command with --yes to delete \(name).") }
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

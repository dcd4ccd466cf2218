internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The keys that everything kept is sealed with.",
        subcommands: [Rotate.self, Show.self])

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case master
        case data
        case signing
        case medicationIDs = "medication-ids"
        case setupTokens = "setup-tokens"

        /// The key of the installation that it is, if it is one.
        var installationKey: InstallationKeyKind? {
            switch self {
            case .master, .data: nil
            case .signing: .signing
            case .medicationIDs: .medicationIDs
            case .setupTokens: .setupTokens
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the master key, the data key of each tenant, and other keys.",
            discussion: """
                Without --only or --all, the master key and the data keys are replaced. After a compromise, \
                --all --distrust-now replaces every key: access tokens, sandboxes' setup tokens and medication ids that \
                were made so far are refused from then on. Partners go on with their refresh tokens and client secrets.

                The new master key takes the place of the old in its file, also while the server runs; the old one is \
                kept beside it, for backups made before. The server then seals each tenant's records anew in the \
                background: see key show.

                A master key from UP_MASTER_KEY is replaced while no server runs: the new one is written to \
                --new-key-file, and the setting must name it before the next start.
                """)

        @Option(help: "Replace keys of this kind alone.")
        var only: Kind?

        @Flag(help: "Replace every key.")
        var all = false

        @Flag(help: "Refuse at once what the replaced keys have signed; with --all, signing or medication-ids.")
        var distrustNow = false

        @Option(help: "Replace the data key of this tenant alone.")
        var tenant: String?

        @Option(help: "Where to write the new master key, when the old one is from UP_MASTER_KEY.")
        var newKeyFile: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if tenant != nil, all || (only ?? .data) != .data { throw ValidationError("--tenant goes with data keys.") }
            if all, only != nil { throw ValidationError("Choose --all or --only.") }
            if distrustNow, !all, only != .signing, only != .medicationIDs {
                throw ValidationError("--distrust-now goes with --all, --only signing or --only medication-ids.")
            }
        }

        /// What is to be replaced, in this order.
        private var kinds: [Kind] {
            if all { return Kind.allCases }
            if let only { return [only] }
            return tenant == nil ? [.master, .data] : [.data]
        }

        func run() async throws {
            try await options.open { installation, configuration in
                let operations = OperatorOptions.operations(installation, configuration)
                var told: [JSON.Member] = []
                if kinds.contains(.master) {
                    told += try await replaceMasterKey(installation, configuration, operations).members ?? []
                }
                if kinds.contains(.data) {
                    let keys = try await operations.replaceDataKeys(ofTenant: tenant)
                    let started = keys.count { $0["rotation"] == "started" }
                    told += [
                        JSON.Member("data_keys_replaced", JSON(started)),
                        JSON.Member("data_keys_still_under_way", JSON(keys.count - started)),
                    ]
                }
                let replaced = kinds.compactMap(\.installationKey)
                for kind in replaced {
                    let shown = try await operations.replaceInstallationKey(kind, distrusting: distrustNow)
                    told += (shown.members ?? []).filter { $0.name != "key" }
                }
                if !replaced.isEmpty {
                    told.append(
                        JSON.Member("installation_keys_replaced", .array(replaced.map { .string($0.rawValue) })))
                }
                options.show(.object(told))
            }
        }

        private func replaceMasterKey(
            _ installation: Installation, _ configuration: ServerConfiguration, _ operations: Operations
        ) async throws -> JSON {
            let replacement = MasterKeyReplacement(installation: installation, operations: operations)
            if let file = installation.masterKey.file {
                return try await replacement.replace(in: file)
            }
            guard let newKeyFile else {
                throw StartError(
                    description: "The master key is from UP_MASTER_KEY: say where to write the new one with "
                        + "--new-key-file.")
            }
            return try await replacement.replaceSetting(
                writing: MasterKeyFile(path: newKeyFile), in: DataDirectory(path: configuration.dataDirectory))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the age of each tenant's data key, and how far sealing anew has come.")

        @Option(help: "Of this tenant alone.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { .array(try await $0.dataKeys(ofTenant: tenant)) }
        }
    }
}

internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The keys that everything kept is sealed with.",
        subcommands: [Rotate.self, Show.self, Export.self, Retire.self])

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case master
        case data
        case signing
        case medicationIDs = "medication-ids"
        case setupTokens = "setup-tokens"
        case audit
        case authorization

        /// The key of the installation that it is, if it is one.
        var installationKey: InstallationKeyKind? {
            switch self {
            case .master, .data: nil
            case .signing: .signing
            case .medicationIDs: .medicationIDs
            case .setupTokens: .setupTokens
            case .audit: .audit
            case .authorization: .authorization
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
            _ installation: Installation, _ configuration: ServerConfiguration, _ operations: OperatorService
        ) async throws -> JSON {
            let replacement = MasterKeyRotation(installation: installation, operations: operations)
            if let file = installation.masterKey.file {
                return try await replacement.replace(in: file)
            }
            guard let newKeyFile else {
                throw CommandError(
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

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the wrapped keys to a file, for backups that are made without them.",
            discussion: """
                They stay wrapped by the master key, which is not in the file. Export them again after each rotation \
                of keys and each new tenant, and keep an export for as long as a backup of its time.
                """)

        @Argument(help: "The file to make; one that is there is left alone.")
        var file: String

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, _ in
                let now = installation.environment.now
                let archive = try await installation.store.systemWrite(.log) { scope in
                    scope.audit(.keysExported, [], at: now)
                    return try scope.wrappedKeyArchive(identifiedBy: SandboxControls.name, at: now)
                }
                try PrivateFile.write(archive.document.bytes, to: file)
                options.show(["file": .string(file), "keys": JSON(archive.count), "exported_at": JSON(now)])
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the files of master keys that were replaced.",
            discussion: """
                Only backups that were made before need them: without them those open no more. The files are \
                overwritten first; snapshots and copies of the file system, and the spare blocks of flash, may keep \
                what they held.
                """)

        @Flag(help: "Yes, remove them; without it they are listed.")
        var yes = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, _ in
                guard let file = installation.masterKey.file else {
                    throw CommandError(description: "The master key is from UP_MASTER_KEY: there are no files of it.")
                }
                let lock = try file.lock()
                let retired = try await Retire.retire(file.replacedPaths(), in: installation, removing: yes)
                _ = consume lock
                options.show(.array(retired))
            }
        }

        /// Lists files of replaced master keys, or removes them once it is certain that the database needs none of them.
        private static func retire(
            _ paths: [String], in installation: Installation, removing: Bool
        ) async throws -> [JSON] {
            let store = installation.store
            let unopened = try await store.systemRead { try $0.unopenedKeys() }
            guard unopened == 0 else {
                throw CommandError(
                    description: "\(unopened) keys of the database do not open with the master key in use: the files "
                        + "stay.")
            }
            for path in paths {
                guard let bytes = MasterKeyFile(path: path).bytes() else { continue }
                guard try await !store.systemRead({ try $0.isMasterKey(bytes) }) else {
                    throw CommandError(description: "\(path) holds the master key in use: nothing is removed.")
                }
            }
            for path in paths where removing {
                let (name, now) = (MasterKeyFile.name(of: path), installation.environment.now)
                try await store.systemWrite(.log) { $0.audit(.masterKeyRetired, [name], at: now) }
                try PrivateFile.destroy(path)
            }
            return paths.map { ["file": .string($0), "status": removing ? "removed" : "kept"] }
        }
    }
}

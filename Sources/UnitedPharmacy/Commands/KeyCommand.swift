internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Manage the keys that encrypt all stored data.",
        subcommands: [Rotate.self, Show.self, Export.self, Retire.self])

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case master
        case data
        case signing
        case medicationIDs = "medication-ids"
        case setupTokens = "setup-tokens"
        case audit
        case authorization

        /// The corresponding key of the installation; `nil` for the master key and data keys.
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
            abstract: "Rotate the master key, the data key of each tenant, and other keys.",
            discussion: """
                Without --only or --all, the master key and the data keys are rotated. After a compromise, \
                --all --distrust-now rotates every key: access tokens, sandboxes' setup tokens and medication ids that \
                were issued before are refused from then on. Partners continue with their refresh tokens and client \
                secrets.

                The new master key replaces the old one in its file, also while the server runs. The old key is stored \
                next to it, because earlier backups need it. The server then re-encrypts each tenant's records in the \
                background: see key show.

                A master key from UP_MASTER_KEY is rotated while no server runs. The new key is written to \
                --new-key-file, and must be set before the next start.
                """)

        @Option(help: "Rotate only keys of this kind.")
        var only: Kind?

        @Flag(help: "Rotate every key.")
        var all = false

        @Flag(help: "With --all, --only signing or --only medication-ids: refuse what the previous keys have signed.")
        var distrustNow = false

        @Option(help: "Rotate only the data key of this tenant.")
        var tenant: String?

        @Option(help: "The file for the new master key, if the current one is from UP_MASTER_KEY.")
        var newKeyFile: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if tenant != nil, all || (only ?? .data) != .data {
                throw ValidationError("--tenant requires --only data, or neither --only nor --all.")
            }
            if all, only != nil { throw ValidationError("Use either --all or --only.") }
            if distrustNow, !all, only != .signing, only != .medicationIDs {
                throw ValidationError("--distrust-now requires --all, --only signing or --only medication-ids.")
            }
        }

        /// The keys to rotate, in this order.
        private var kinds: [Kind] {
            if all { return Kind.allCases }
            if let only { return [only] }
            return tenant == nil ? [.master, .data] : [.data]
        }

        func run() async throws {
            try await options.open { installation, configuration in
                let operations = OperatorOptions.operations(installation, configuration)
                var result: [JSON.Member] = []
                if kinds.contains(.master) {
                    result += try await rotateMasterKey(installation, configuration, operations).members ?? []
                }
                if kinds.contains(.data) {
                    let keys = try await operations.rotateDataKeys(ofTenant: tenant)
                    let started = keys.count { $0["rotation"] == "started" }
                    result += [
                        JSON.Member("data_keys_replaced", JSON(started)),
                        JSON.Member("data_keys_still_under_way", JSON(keys.count - started)),
                    ]
                }
                let replaced = kinds.compactMap(\.installationKey)
                for kind in replaced {
                    let shown = try await operations.rotateInstallationKey(kind, distrusting: distrustNow)
                    result += (shown.members ?? []).filter { $0.name != "key" }
                }
                if !replaced.isEmpty {
                    result.append(
                        JSON.Member("installation_keys_replaced", .array(replaced.map { .string($0.rawValue) })))
                }
                options.show(.object(result))
            }
        }

        private func rotateMasterKey(
            _ installation: Installation, _ configuration: ServerConfiguration, _ operations: OperatorService
        ) async throws -> JSON {
            let rotation = MasterKeyRotation(
                environment: installation.environment, operations: operations)
            if let file = installation.masterKey.file {
                return try await rotation.rotate(in: file)
            }
            guard let newKeyFile else {
                throw CommandError(
                    description:
                        "The master key is from UP_MASTER_KEY. Set the file for the new one with --new-key-file.")
            }
            return try await rotation.rotateSetting(
                writing: MasterKeyFile(path: newKeyFile), in: DataDirectory(path: configuration.dataDirectory))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the age of each tenant's data key and the progress of re-encryption.")

        @Option(help: "Show only this tenant.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { .array(try await $0.dataKeys(ofTenant: tenant)) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the wrapped keys to a file, for backups without keys.",
            discussion: """
                The keys stay wrapped by the master key, which is not in the file. Export them again after each \
                rotation of keys and each new tenant, and retain an export as long as a backup of the same time.
                """)

        @Argument(help: "The file to create. An existing file is not changed.")
        var file: String

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, _ in
                let now = installation.environment.now
                let archive = try await installation.store.systemWrite(.log) { scope in
                    scope.audit(.keysExported, [], at: now)
                    return try scope.wrappedKeyArchive(identifiedBy: Tenant.builtInSandboxName, at: now)
                }
                try PrivateFile.write(archive.document.bytes, to: file)
                options.show(["file": .string(file), "keys": JSON(archive.count), "exported_at": JSON(now)])
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the files of previous master keys.",
            discussion: """
                Backups made before the rotation cannot be decrypted without these files. The files are overwritten \
                before they are removed. Snapshots and copies of the file system, and spare blocks of flash storage, \
                may still contain the keys.
                """)

        @Flag(help: "Remove the files. Without this flag they are listed.")
        var yes = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, _ in
                guard let file = installation.masterKey.file else {
                    throw CommandError(description: "The master key is from UP_MASTER_KEY, so there are no key files.")
                }
                let lock = try file.lock()
                let retired = try await Retire.retire(file.previousPaths(), in: installation, removing: yes)
                _ = consume lock
                options.show(.array(retired))
            }
        }

        /// Lists files of previous master keys, or removes them after checking that the database needs none of them.
        private static func retire(
            _ paths: [String], in installation: Installation, removing: Bool
        ) async throws -> [JSON] {
            let store = installation.store
            let unopened = try await store.systemRead { try $0.unreadableKeyCount() }
            guard unopened == 0 else {
                throw CommandError(
                    description:
                        "\(unopened) keys of the database cannot be unwrapped with the current master key. No file was "
                        + "removed.")
            }
            for path in paths {
                guard let bytes = MasterKeyFile(path: path).bytes() else { continue }
                guard try await !store.systemRead({ try $0.isMasterKey(bytes) }) else {
                    throw CommandError(description: "\(path) contains the current master key. No file was removed.")
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

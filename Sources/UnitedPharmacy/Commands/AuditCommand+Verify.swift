internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

extension AuditCommand {
    /// `audit verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find altered and missing entries; exit status 1 if there are any.",
            discussion: """
                Verifies the whole chain, and compares it with every anchor in the installation's file \
                (UP_AUDIT_ANCHOR_FILE), or in the files of --anchors.
                """)

        @OptionGroup var options: OperatorOptions

        @Option(help: "A SEQUENCE:HASH from an earlier verify, which must still be in the chain.")
        var head: String?

        @Option(help: "A file of anchors instead of the installation's own. May be repeated.")
        var anchors: [String] = []

        func validate() throws {
            guard let head, AuditMark(head) == nil else { return }
            throw ValidationError("--head must be SEQUENCE:HASH, as printed by verify.")
        }

        func run() async throws {
            try await options.open { installation, configuration in
                let log = AuditLog(store: installation.store)
                let verdict = try await log.verify(against: head.flatMap(AuditMark.init))
                switch verdict {
                case .unbroken(let entries, let head):
                    Terminal.info("\(entries) entries, unbroken")
                    Terminal.info("Head: \(head)")
                case .broken(let sequence, let fault):
                    Terminal.error("The audit log is broken at entry \(sequence): \(fault.rawValue).")
                }
                var holds = true
                for file in try files(configuration) {
                    holds = try await compare(installation, with: file) && holds
                }
                guard case .unbroken = verdict, holds else { throw ExitCode(1) }
            }
        }

        /// The files of --anchors, which must exist; otherwise the installation's own file, which the server creates.
        private func files(_ configuration: ServerConfiguration) throws -> [AuditAnchorFile] {
            if !anchors.isEmpty { return anchors.map(AuditAnchorFile.init) }
            let own = configuration.auditAnchors(in: try DataDirectory(path: configuration.dataDirectory))
            guard own.exists else {
                Terminal.info("Anchors: none in \(own.path)")
                return []
            }
            return [own]
        }

        /// - Returns: whether the log matches the anchors.
        private func compare(_ installation: Installation, with file: AuditAnchorFile) async throws -> Bool {
            let anchors = AuditAnchors(store: installation.store, key: installation.keys.auditAnchors)
            let verdict: AuditAnchorVerdict
            do {
                verdict = try await anchors.verify(file)
            } catch let failure as AuditAnchorFile.Failure {
                Terminal.error("The anchors in \(file.path) cannot be read: \(failure).")
                return false
            }
            switch verdict {
            case .matched(let count, let newest, let accepted):
                Terminal.info("Anchors: \(count) in \(file.path), newest \(newest?.description ?? "none")")
                if accepted > 0 {
                    Terminal.info(
                        "Accepted losses: \(accepted); audit list --action audit.loss_accepted shows them.")
                }
                return true
            case .failed(let finding, let count):
                Terminal.error(
                    "The audit log does not match \(count) of the anchors in \(file.path), first \(finding).")
                return false
            }
        }
    }

    /// `audit anchor-key`.
    struct AnchorKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "anchor-key",
            abstract: "Print the public key that verifies anchors of the audit log, in PEM.")

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, _ in
                let key = installation.keys.auditAnchors
                guard options.json else { return Terminal.info(key.pem) }
                options.show([
                    "id": .string(key.id), "algorithm": "Ed25519", "public_key": .string(key.pem),
                ])
            }
        }
    }

    /// `audit accept-loss`.
    struct AcceptLoss: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept-loss",
            abstract: "Acknowledge that anchored entries are missing from the audit log, for example after a restore.",
            discussion: """
                The acknowledgement is an entry of the audit log and an anchor in the installation's file. verify \
                continues to report both. The acknowledgement covers entries that were anchored before it, not later \
                losses. Without --yes the command shows the missing entries and changes nothing.
                """)

        @Flag(help: "Accept the loss, which you have explained.")
        var yes = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, configuration in
                let directory = try DataDirectory(path: configuration.dataDirectory)
                let locations = AuditAnchorLocations(configuration, in: directory)
                do {
                    try await accept(installation, locations)
                } catch let refusal as AuditAnchors.AcceptanceError {
                    await locations.shutdown()
                    throw CommandError(description: refusal.description)
                } catch let failure as AuditAnchorFile.Failure {
                    await locations.shutdown()
                    throw CommandError(
                        description: "The anchors in \(locations.file.path) cannot be read or written: \(failure).")
                } catch {
                    await locations.shutdown()
                    throw error
                }
                await locations.shutdown()
            }
        }

        private func accept(_ installation: Installation, _ locations: AuditAnchorLocations) async throws {
            let anchors = AuditAnchors(store: installation.store, key: installation.keys.auditAnchors)
            let losses = try await anchors.openLosses(in: locations.file)
            let span = "anchored entries from \(losses.oldest.mark) to \(losses.newest.mark)"
            guard yes else {
                throw CommandError(
                    description:
                        "Missing from the audit log: \(span). Find the cause, then repeat the command with --yes.")
            }
            let acceptance = try await anchors.accept(
                losses, by: OperatorOptions.user, at: installation.environment.now)
            let line = acceptance.anchor.line
            try await locations.file.append(line)
            for sink in locations.sinks {
                do {
                    try await sink.write(line)
                } catch {
                    Terminal.hint("The acknowledgement could not be sent to the \(sink.name): \(error)")
                }
            }
            options.show([
                "accepted_from": .string(losses.oldest.mark.description),
                "accepted_to": .string(losses.newest.mark.description),
                "entry": .string(acceptance.anchor.mark.description),
            ])
        }
    }
}

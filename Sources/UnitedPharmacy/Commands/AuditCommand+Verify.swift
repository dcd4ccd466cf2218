internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

extension AuditCommand {
    /// `audit verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find any entry that was altered or taken away; exit status 1 when there is one.",
            discussion: """
                Walks the whole chain, and compares it with every anchor in the installation's own file \
                (UP_AUDIT_ANCHOR_FILE), or in the files that --anchors names.
                """)

        @OptionGroup var options: OperatorOptions

        @Option(help: "A SEQUENCE:HASH that an earlier verify printed, which must still be in the chain.")
        var head: String?

        @Option(help: "A file of anchors, in place of the installation's own; may be given more than once.")
        var anchors: [String] = []

        func validate() throws {
            guard let head, AuditMark(head) == nil else { return }
            throw ValidationError("--head must be SEQUENCE:HASH as verify prints it.")
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

        /// The files that are named, which must be there; otherwise the installation's own, which is not there before a
        /// server has made it.
        private func files(_ configuration: ServerConfiguration) throws -> [AuditAnchorFile] {
            if !anchors.isEmpty { return anchors.map(AuditAnchorFile.init) }
            let own = configuration.auditAnchors(in: try DataDirectory(path: configuration.dataDirectory))
            guard own.exists else {
                Terminal.info("Anchors: none in \(own.path)")
                return []
            }
            return [own]
        }

        /// - Returns: whether the log is as it was anchored.
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
            case .held(let count, let newest, let accepted):
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
            abstract: "Print the public key that anchors of the audit log are checked with, in PEM.")

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
            abstract: "Acknowledge that anchored entries are not in the audit log, as after the restore of a backup.",
            discussion: """
                The acknowledgement is an entry of the audit log and an anchor in the installation's own file. Both stay, \
                and verify goes on reporting them; it covers what was anchored before, and nothing that comes later. \
                Without --yes the command shows what is lost and changes nothing.
                """)

        @Flag(help: "Yes, the loss is known and explained.")
        var yes = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, configuration in
                let directory = try DataDirectory(path: configuration.dataDirectory)
                let places = AuditAnchorLocations(configuration, in: directory)
                do {
                    try await accept(installation, places)
                } catch let refusal as AuditAnchors.Refusal {
                    await places.shutdown()
                    throw CommandError(description: refusal.description)
                } catch let failure as AuditAnchorFile.Failure {
                    await places.shutdown()
                    throw CommandError(
                        description: "The anchors in \(places.file.path) cannot be read or written: \(failure).")
                } catch {
                    await places.shutdown()
                    throw error
                }
                await places.shutdown()
            }
        }

        private func accept(_ installation: Installation, _ places: AuditAnchorLocations) async throws {
            let anchors = AuditAnchors(store: installation.store, key: installation.keys.auditAnchors)
            let losses = try await anchors.openLosses(in: places.file)
            let span = "anchored entries from \(losses.oldest.mark) to \(losses.newest.mark)"
            guard yes else {
                throw CommandError(
                    description: "Not in the audit log: \(span). Find out why, then say --yes to accept it.")
            }
            let acceptance = try await anchors.accept(
                losses, by: OperatorOptions.user, at: installation.environment.now)
            let line = acceptance.anchor.line
            try await places.file.append(line)
            for sink in places.sinks {
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

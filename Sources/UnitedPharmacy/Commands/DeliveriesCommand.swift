internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy deliveries`.
struct DeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Webhook deliveries of all tenants.",
        discussion: """
            Shown are ids, times, statuses and URLs without user information, query and fragment: no payloads, and nothing \
            that receivers responded. What is shown is written in the audit log.
            """, subcommands: [List.self, Show.self, Redeliver.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List deliveries, the newest first.")

        @Option(help: "Of this tenant alone: its name, or its id as it stands in logs.")
        var tenant: String?

        @Option(help: "With this status: pending, succeeded or failed.")
        var status: String?

        @Option(help: "Of this order alone: its uuid.")
        var order: String?

        @Option(help: "At most so many, from 1 to \(ServiceLimits.deliveriesListed).")
        var limit = 50

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if let status, Delivery.Status(rawValue: status) == nil {
                throw ValidationError("--status must be pending, succeeded or failed.")
            }
            if let order, OrderID(order) == nil { throw ValidationError("--order must be the uuid of an order.") }
            guard (1...ServiceLimits.deliveriesListed).contains(limit) else {
                throw ValidationError("--limit must be a whole number from 1 to \(ServiceLimits.deliveriesListed).")
            }
        }

        func run() async throws {
            let selection = OperatorService.DeliverySelection(
                tenant: tenant, status: status.flatMap(Delivery.Status.init(rawValue:)),
                order: order.flatMap(OrderID.init),
                limit: limit)
            try await options.run { .array(try await $0.deliveries(selection)) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a delivery and each of its attempts.")

        @Argument(help: "Its id.") var id: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.open { installation, configuration in
                let shown = try await OperatorOptions.operations(installation, configuration).delivery(id)
                guard !options.json else { return options.show(shown) }
                options.show(.object((shown.members ?? []).filter { $0.name != "attempt_log" }))
                options.show(shown["attempt_log"] ?? [])
            }
        }
    }

    struct Redeliver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make deliveries that have ended again, with all their retries.")

        @Argument(help: "Ids of deliveries.")
        var ids: [String] = []

        @Option(help: "All that have failed since this time, such as 2026-01-31T00:00:00Z.")
        var failedSince: String?

        @Option(help: "With --failed-since: of this tenant alone.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if ids.isEmpty == (failedSince == nil) {
                throw ValidationError("Say ids of deliveries, or --failed-since.")
            }
            if tenant != nil, failedSince == nil { throw ValidationError("--tenant goes with --failed-since.") }
            if let failedSince, Timestamp(failedSince) == nil {
                throw ValidationError("--failed-since takes a time such as 2026-01-31T00:00:00Z.")
            }
        }

        func run() async throws {
            try await options.run { operations in
                guard let since = failedSince.flatMap(Timestamp.init) else {
                    return try await operations.redeliver(ids)
                }
                return try await operations.redeliver(failedSince: since, ofTenant: tenant)
            }
        }
    }
}

internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy deliveries`.
struct DeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Show and repeat webhook deliveries of all tenants.",
        discussion: """
            The output contains ids, times, statuses, and URLs without user information, query and fragment. It \
            contains neither payloads nor the receivers' responses. Each use is recorded in the audit log.
            """, subcommands: [List.self, Show.self, Redeliver.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List deliveries, newest first.")

        @Option(help: "Only deliveries of this tenant, by name or id.")
        var tenant: String?

        @Option(help: "Only deliveries with this status: pending, succeeded or failed.")
        var status: String?

        @Option(help: "Only deliveries of the order with this uuid.")
        var order: String?

        @Option(help: "The maximum number of deliveries, 1 to \(ServiceLimits.deliveriesListed).")
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

        @Argument(help: "The id of the delivery.") var id: String
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
            abstract: "Repeat finished deliveries, with all their retries.")

        @Argument(help: "Ids of deliveries.")
        var ids: [String] = []

        @Option(help: "All deliveries that failed since this time, for example 2026-01-31T00:00:00Z.")
        var failedSince: String?

        @Option(help: "With --failed-since: only deliveries of this tenant.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if ids.isEmpty == (failedSince == nil) {
                throw ValidationError("Specify ids of deliveries, or --failed-since.")
            }
            if tenant != nil, failedSince == nil { throw ValidationError("--tenant requires --failed-since.") }
            if let failedSince, Timestamp(failedSince) == nil {
                throw ValidationError("--failed-since must be a time, for example 2026-01-31T00:00:00Z.")
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

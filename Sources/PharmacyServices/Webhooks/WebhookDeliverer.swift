package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Sends webhooks that are due, each at least once, those of one order to one URL in their order.
package final class WebhookDeliverer: Service {
    private let environment: ServiceEnvironment
    private let sender: any WebhookSending
    private let policy: DeliveryPolicy
    private let servedOnLoopback: Bool
    private let bells: Bells
    private let work: BackgroundWork
    private let logger: Logger
    /// Deliveries under way, by endpoint.
    private let underWay = Mutex<[Int64: Int]>([:])

    package init(
        environment: ServiceEnvironment, sender: any WebhookSending, policy: DeliveryPolicy, servedOnLoopback: Bool,
        bells: Bells, logger: Logger
    ) {
        self.environment = environment
        self.sender = sender
        self.policy = policy
        self.servedOnLoopback = servedOnLoopback
        self.bells = bells
        self.logger = logger
        work = BackgroundWork(
            name: "webhook delivery", bell: .deliveries, bells: bells, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            // The group outlives each round: a slow receiver holds up its own deliveries and nobody else's.
            let (claims, feed) = AsyncStream.makeStream(of: DueDelivery.self)
            group.addTask {
                await self.work.run { try await self.claimDue { feed.yield($0) } }
                feed.finish()
            }
            for await delivery in claims { group.addTask { await self.deliver(delivery) } }
        }
    }

    /// Claims what is due and may start.
    /// - Returns: when the next is due; `nil` when a delivery must end first, which rings the bell.
    private func claimDue(_ start: @Sendable (DueDelivery) -> Void) async throws -> Timestamp? {
        while true {
            let (total, busy) = underWay.withLock { counts in
                (
                    counts.values.reduce(0, +),
                    Set(counts.filter { $0.value >= ServiceLimits.deliveriesUnderWayPerEndpoint }.keys)
                )
            }
            let room = min(ServiceLimits.deliveryBatch, ServiceLimits.deliveriesUnderWay - total)
            guard room > 0 else { return nil }
            let now = environment.now
            let due = try await environment.store.systemWrite {
                try $0.claimDeliveries(
                    limit: room, excluding: busy, at: now, leaseEnds: now + ServiceLimits.deliveryLease)
            }
            underWay.withLock { counts in
                for delivery in due { counts[delivery.endpoint, default: 0] += 1 }
            }
            for delivery in due { start(delivery) }
            if due.isEmpty {
                let next = try await environment.store.systemRead { try $0.nextDelivery() }
                // What is due already belongs to busy endpoints: the end of one of theirs rings the bell.
                return next.map { $0 > now ? $0 : now + ServiceLimits.longestWait }
            }
        }
    }

    private func deliver(_ delivery: DueDelivery) async {
        let attempt = await attempt(delivery)
        let verdict = policy.verdict(on: attempt, attempts: delivery.attempts + 1)
        do {
            try await environment.store.write(delivery.tenant) {
                try $0.finishAttempt(delivery.key, attempt, verdict: verdict)
            }
        } catch {
            // The claim runs out and the delivery is made again: at least once.
            logger.error(
                "the end of a webhook delivery could not be kept", metadata: ["error": "\(type(of: error))"])
        }
        underWay.withLock { counts in
            let left = counts[delivery.endpoint, default: 1] - 1
            counts[delivery.endpoint] = left > 0 ? left : nil
        }
        bells.ring([.deliveries])
    }

    private func attempt(_ delivery: DueDelivery) async -> Delivery.Attempt {
        let now = environment.now
        let secrets = delivery.secrets.settled(at: now)
        guard let signer = WebhookSigner(secret: secrets.current, next: secrets.next?.secret) else {
            return Delivery.Attempt(
                at: now, duration: .zero, statusCode: nil, error: "the webhook secret cannot be read", answer: [])
        }
        let egress = EgressPolicy(tenant: delivery.tenantKind, servedOnLoopback: servedOnLoopback)
        return await sender.send(
            WebhookRequest(
                url: delivery.url,
                headers: signer.headers(
                    eventID: delivery.eventID, type: delivery.type, sentAt: now, body: delivery.payload),
                body: delivery.payload, egress: egress))
    }
}

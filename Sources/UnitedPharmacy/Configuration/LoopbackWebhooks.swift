/// Whether sandboxes may send webhooks to loopback addresses.
enum LoopbackWebhooks: String, CaseIterable, Sendable {
    case on
    case off
}

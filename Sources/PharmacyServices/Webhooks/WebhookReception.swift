internal import NIOCore
internal import PharmacyDomain
internal import Synchronization

/// As much of a response as has arrived. It counts although the rest never arrives.
final class WebhookReception: Sendable {
    private let received = Mutex<(status: Int, body: [UInt8])?>(nil)

    var soFar: (status: Int, body: [UInt8])? { received.withLock(\.self) }

    func begin(status: Int) { received.withLock { $0 = (status, []) } }

    /// - Returns: whether more of the body is needed.
    func append(_ part: ByteBuffer) -> Bool {
        received.withLock { received in
            guard let count = received?.body.count else { return false }
            received?.body += part.readableBytesView.prefix(DeliveryPolicy.responseLimit - count)
            return count + part.readableBytes < DeliveryPolicy.responseLimit
        }
    }
}

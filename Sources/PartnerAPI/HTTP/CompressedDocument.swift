package import NIOCore
internal import Synchronization

/// The compressed form of a document that is sent many times, made when it is first asked for: the start does not wait for it.
package final class CompressedDocument: Sendable {
    private enum State {
        case content([UInt8])
        /// `nil` if compression does not make it smaller.
        case made(ByteBuffer?)
    }

    private let state: Mutex<State>

    package init(_ content: [UInt8]) { state = Mutex(.content(content)) }

    /// The compressed document. The first call takes milliseconds.
    package var bytes: ByteBuffer? {
        state.withLock { state in
            switch state {
            case .made(let bytes): return bytes
            case .content(let content):
                let compressed = Gzip.compress(content, effort: .best)
                let bytes = compressed.flatMap { $0.count < content.count ? ByteBuffer(bytes: $0) : nil }
                state = .made(bytes)
                return bytes
            }
        }
    }
}

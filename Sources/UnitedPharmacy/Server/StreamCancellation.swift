internal import HummingbirdCore
internal import NIOCore

/// Cancels the work on requests of HTTP/2 whose stream has ended: Hummingbird does not, and shows no place to do so but
/// around the responder.
enum StreamCancellation {
    /// A responder whose task is cancelled when the stream closes.
    static func cancellingWithStream(
        _ responder: @escaping HTTPChannelHandler.Responder
    ) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            let writer = WriterBox(writer)
            // A task of its own can be cancelled from the event loop; it is waited for below, and cancelled with its caller.
            let work = Task {
                guard let writer = writer.take() else { return }
                try await responder(request, writer, channel)
            }
            channel.closeFuture.whenComplete { _ in work.cancel() }
            try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        }
    }

    /// Carries a writer, which cannot be copied, into a task.
    ///
    /// `@unchecked Sendable`: the writer is put in before the task begins, and taken out by that task alone.
    private final class WriterBox: @unchecked Sendable {
        private var writer: ResponseWriter?

        init(_ writer: consuming ResponseWriter) { self.writer = consume writer }

        func take() -> ResponseWriter? { writer.take() }
    }
}

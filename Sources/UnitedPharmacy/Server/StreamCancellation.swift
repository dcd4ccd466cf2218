internal import HummingbirdCore
internal import NIOCore

/// Cancels the work on HTTP/2 requests whose stream has closed. Hummingbird does not do that, and the responder is the
/// only place where it can be added.
enum StreamCancellation {
    /// A responder whose task is cancelled when the stream closes.
    static func cancellingWithStream(
        _ responder: @escaping HTTPChannelHandler.Responder
    ) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            let writer = WriterBox(writer)
            // A separate task can be cancelled from the event loop. It is awaited below, and cancelled with its caller.
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
    /// `@unchecked Sendable`: the writer is stored before the task starts, and only that task removes it.
    private final class WriterBox: @unchecked Sendable {
        private var writer: ResponseWriter?

        init(_ writer: consuming ResponseWriter) { self.writer = consume writer }

        func take() -> ResponseWriter? { writer.take() }
    }
}

/// A value that prints as nothing of what it holds, wherever and however deep a log, a message or a debugger's dump
/// describes it: libraries describe whole objects at the levels `debug` and `trace`.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    package var description: String { "\(Self.self)(redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

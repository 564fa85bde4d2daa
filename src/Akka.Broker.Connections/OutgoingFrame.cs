using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>A request on its way to the socket, and who waits for it to be sent, if no answer will come.</summary>
internal readonly record struct OutgoingFrame(MessageWriter Writer, TaskCompletionSource? Sent)
{
    public void Complete()
    {
        Writer.Dispose();
        Sent?.TrySetResult();
    }

    public void Fail(Exception cause)
    {
        Writer.Dispose();
        Sent?.TrySetException(cause);
    }
}

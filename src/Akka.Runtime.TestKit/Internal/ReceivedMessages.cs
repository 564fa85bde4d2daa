namespace Akka.TestKit.Internal;

/// <summary>What the test actor got and the test has not taken yet. The actor adds, the test takes; both may be on any thread.</summary>
internal sealed class ReceivedMessages
{
    private readonly LinkedList<MessageEnvelope> _messages = new();
    private readonly SemaphoreSlim _available = new(0);

    public int Count
    {
        get
        {
            lock (_messages)
                return _messages.Count;
        }
    }

    public void Add(MessageEnvelope envelope)
    {
        lock (_messages)
            _messages.AddLast(envelope);
        _available.Release();
    }

    /// <summary>The oldest message, or null when none came in time; a negative time waits for ever.</summary>
    public MessageEnvelope? Take(TimeSpan timeout, CancellationToken cancellation) =>
        _available.Wait(Bound(timeout), cancellation) ? RemoveFirst() : null;

    public async ValueTask<MessageEnvelope?> TakeAsync(TimeSpan timeout, CancellationToken cancellation) =>
        await _available.WaitAsync(Bound(timeout), cancellation).ConfigureAwait(false) ? RemoveFirst() : null;

    public MessageEnvelope? Peek(TimeSpan timeout, CancellationToken cancellation) =>
        _available.Wait(Bound(timeout), cancellation) ? PutBack() : null;

    public async ValueTask<MessageEnvelope?> PeekAsync(TimeSpan timeout, CancellationToken cancellation) =>
        await _available.WaitAsync(Bound(timeout), cancellation).ConfigureAwait(false) ? PutBack() : null;

    private static TimeSpan Bound(TimeSpan timeout) => timeout < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout;

    private MessageEnvelope RemoveFirst()
    {
        lock (_messages)
        {
            var first = _messages.First!.Value;
            _messages.RemoveFirst();
            return first;
        }
    }

    private MessageEnvelope PutBack()
    {
        lock (_messages)
        {
            _available.Release();
            return _messages.First!.Value;
        }
    }
}

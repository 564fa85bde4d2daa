using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace Akka.Dispatch;

/// <summary>
/// The user messages of one actor. Any thread adds at the end; only the actor's own turn takes, and puts back in front (unstash).
/// Envelopes are structs in reused slots, so a message costs no allocation of its own.
/// </summary>
internal sealed class MessageQueue
{
    private readonly ConcurrentQueue<Envelope> _queue = new();
    private Stack<Envelope>? _front;
    private volatile int _frontCount;

    public bool HasMessages => _frontCount > 0 || !_queue.IsEmpty;

    public int Count => _frontCount + _queue.Count;

    public void Enqueue(in Envelope envelope) => _queue.Enqueue(envelope);

    /// <summary>Puts a message before all others. Only in the actor's turn.</summary>
    public void EnqueueFirst(in Envelope envelope)
    {
        (_front ??= new Stack<Envelope>()).Push(envelope);
        _frontCount = _front.Count;
    }

    public bool TryDequeue([MaybeNullWhen(false)] out Envelope envelope)
    {
        if (_frontCount == 0)
            return _queue.TryDequeue(out envelope);
        envelope = _front!.Pop();
        _frontCount = _front.Count;
        return true;
    }
}

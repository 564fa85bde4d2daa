using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Broker.Client.Consuming;

/// <summary>Who handles records; called on the thread pool, outside the actor that dispatches them, several at once.</summary>
internal interface IRecordHandlers<TKey, TValue> : IDisposable
{
    /// <summary>Completes when the record is handled, fails if that failed, and is cancelled, if it obeys, when the time is over.</summary>
    Task HandleAsync(ConsumerRecord<TKey, TValue> record, CancellationToken cancelled);
}

/// <summary>An application's function, which may block its thread.</summary>
internal sealed class FunctionHandlers<TKey, TValue>(Func<ConsumerRecord<TKey, TValue>, CancellationToken, Task> handler) : IRecordHandlers<TKey, TValue>
{
    public Task HandleAsync(ConsumerRecord<TKey, TValue> record, CancellationToken cancelled) => handler(record, cancelled);

    public void Dispose()
    {
        // A function is nobody's to end.
    }
}

/// <summary>Actors, each with one record at a time. One that did not answer is stopped, and another takes its place.</summary>
internal sealed class ActorHandlers<TKey, TValue>(IActorRefFactory factory, Props props) : IRecordHandlers<TKey, TValue>
{
    private readonly ConcurrentBag<IActorRef> _idle = [];
    private readonly ConcurrentDictionary<IActorRef, bool> _all = new();

    public async Task HandleAsync(ConsumerRecord<TKey, TValue> record, CancellationToken cancelled)
    {
        var isIdle = false;
        if (!_idle.TryTake(out var actor))
            _all.TryAdd(actor = factory.ActorOf(props), true);
        try
        {
            await actor.Ask<RecordHandled>(new HandleRecord<TKey, TValue>(record), Timeout.InfiniteTimeSpan, cancelled).ConfigureAwait(false);
            isIdle = true;
        }
        catch (Exception) when (!cancelled.IsCancellationRequested)
        {
            isIdle = true;
            throw;
        }
        finally
        {
            if (isIdle)
                _idle.Add(actor);
            else if (_all.TryRemove(actor, out _))
                actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        }
    }

    public void Dispose()
    {
        foreach (var actor in _all.Keys)
            actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
    }
}

using Akka.Actor;
using Akka.Broker.Client.Diagnostics;

namespace Akka.Broker.Client.Consuming;

/// <summary>Calls handlers, outside the actor that dispatches the records and is told of each that is through. Many threads at once.</summary>
internal sealed class HandlerRunner<TKey, TValue>(HandlerParts<TKey, TValue> parts, IRecordHandlers<TKey, TValue> handlers, IActorRef actor) : IAttemptRunner
{
    public void Run(HandlerAttempt attempt) => _ = RunAsync(attempt);

    /// <summary>Allocates nothing of its own for a handler that is through when it returns.</summary>
    private async Task RunAsync(HandlerAttempt attempt)
    {
        if (attempt.IsOver)
            return;
        var partition = attempt.Record.Run.Delivery.Partition;
        var kept = attempt.Record.Kept;
        if (ConsumerTelemetry.IsWatched)
            attempt.Watch(parts.Telemetry.StartProcess(parts.Time, partition, kept.Offset, kept.Headers));
        try
        {
            var record = parts.Decoder.Decode(partition, kept, attempt.Record.Attempts);
            await handlers.HandleAsync(record, attempt.Cancelled).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            attempt.Error = e;
        }
        attempt.Processed(attempt.Error);
        actor.Tell(attempt, ActorRefs.NoSender);
    }
}

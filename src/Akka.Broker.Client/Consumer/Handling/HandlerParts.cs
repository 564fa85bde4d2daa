using Akka.Actor;
using Akka.Broker.Client.Diagnostics;

namespace Akka.Broker.Client.Consuming;

/// <summary>What a <see cref="HandlerActor{TKey,TValue}"/> is made of.</summary>
internal sealed record HandlerParts<TKey, TValue>
{
    public required ConsumerLink Link { get; init; }

    public required RecordDecoder<TKey, TValue> Decoder { get; init; }

    public required Func<IActorRefFactory, IRecordHandlers<TKey, TValue>> Handlers { get; init; }

    public required HandlerOptions Options { get; init; }

    public required ConsumerSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    public required ConsumerTelemetry Telemetry { get; init; }

    public required IDeadLetterWriter DeadLetters { get; init; }

    /// <summary>Completed when the last handler is through after the end, or failed with the consumer.</summary>
    public required TaskCompletionSource Ended { get; init; }
}

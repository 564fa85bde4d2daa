using Akka.Actor;

namespace Akka.Broker.Client;

/// <summary>A record for a handler actor, which answers with <see cref="RecordHandled"/>, or with <see cref="Status.Failure"/> to have it again.</summary>
public sealed record HandleRecord<TKey, TValue>(ConsumerRecord<TKey, TValue> Record);

/// <summary>The record is done with.</summary>
public sealed class RecordHandled
{
    public static readonly RecordHandled Instance = new();
}

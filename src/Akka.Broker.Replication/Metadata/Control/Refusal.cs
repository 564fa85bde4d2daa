using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>Why a part of a request is not carried out: Kafka's code and a line for humans.</summary>
internal readonly record struct Refusal(ErrorCode Error, string Message);

/// <summary>Leaves the part of a request that is being decided; the rest goes on.</summary>
internal sealed class RefusedException(ErrorCode error, string message) : Exception(message)
{
    public Refusal Refusal { get; } = new(error, message);
}

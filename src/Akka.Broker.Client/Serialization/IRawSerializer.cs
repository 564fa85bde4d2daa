using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Serialization;

/// <summary>A serializer of what is bytes already: a producer copies them straight into the batch.</summary>
internal interface IRawSerializer<in T>
{
    NullableBytes Bytes(T value);
}

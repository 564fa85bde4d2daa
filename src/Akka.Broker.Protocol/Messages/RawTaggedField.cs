namespace Akka.Broker.Protocol.Messages;

/// <summary>A tagged field that the schema does not know (KIP-482), kept so that it survives a round trip.</summary>
public readonly record struct RawTaggedField(int Tag, ReadOnlyMemory<byte> Data);

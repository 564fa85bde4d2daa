using System.Buffers;
using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Serialization;

internal sealed class BytesSerde : ISerde<byte[]?>, IRawSerializer<byte[]?>
{
    public NullableBytes Bytes(byte[]? value) => value;

    public void Serialize(byte[]? value, IBufferWriter<byte> destination, in SerializationContext context) => destination.Write(value);

    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? null : data.ToArray();
}

internal sealed class MemorySerde : ISerde<ReadOnlyMemory<byte>>, IRawSerializer<ReadOnlyMemory<byte>>
{
    public NullableBytes Bytes(ReadOnlyMemory<byte> value) => value;

    public void Serialize(ReadOnlyMemory<byte> value, IBufferWriter<byte> destination, in SerializationContext context) => destination.Write(value.Span);

    public ReadOnlyMemory<byte> Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => data.ToArray();
}

internal sealed class Utf8Serde : ISerde<string?>
{
    public void Serialize(string? value, IBufferWriter<byte> destination, in SerializationContext context) => Encoding.UTF8.GetBytes(value, destination);

    public string? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? null : Encoding.UTF8.GetString(data);
}

internal sealed class NullSerde : ISerde<Null?>, IRawSerializer<Null?>
{
    public NullableBytes Bytes(Null? value) => NullableBytes.Null;

    public void Serialize(Null? value, IBufferWriter<byte> destination, in SerializationContext context)
    {
    }

    public Null? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => null;
}

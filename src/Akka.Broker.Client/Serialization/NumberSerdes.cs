using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Serialization;

internal sealed class Int32Serde : ISerde<int>
{
    public void Serialize(int value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination.GetSpan(sizeof(int)), value);
        destination.Advance(sizeof(int));
    }

    public int Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) =>
        BinaryPrimitives.ReadInt32BigEndian(FixedSize.Expect(data, isNull, sizeof(int), context));
}

internal sealed class Int64Serde : ISerde<long>
{
    public void Serialize(long value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination.GetSpan(sizeof(long)), value);
        destination.Advance(sizeof(long));
    }

    public long Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) =>
        BinaryPrimitives.ReadInt64BigEndian(FixedSize.Expect(data, isNull, sizeof(long), context));
}

internal sealed class DoubleSerde : ISerde<double>
{
    public void Serialize(double value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        BinaryPrimitives.WriteDoubleBigEndian(destination.GetSpan(sizeof(double)), value);
        destination.Advance(sizeof(double));
    }

    public double Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) =>
        BinaryPrimitives.ReadDoubleBigEndian(FixedSize.Expect(data, isNull, sizeof(double), context));
}

internal sealed class GuidSerde : ISerde<Guid>
{
    private const int TextSize = 36;

    public void Serialize(Guid value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        Utf8Formatter.TryFormat(value, destination.GetSpan(TextSize), out var written);
        destination.Advance(written);
    }

    public Guid Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) =>
        Utf8Parser.TryParse(FixedSize.Expect(data, isNull, TextSize, context), out Guid value, out var read) && read == TextSize
            ? value
            : throw new BrokerClientException(ErrorCode.InvalidRecord, $"The {context.Part} of a record of {context.Topic} is no GUID.");
}

internal static class FixedSize
{
    /// <exception cref="BrokerClientException">They are not as many.</exception>
    public static ReadOnlySpan<byte> Expect(ReadOnlySpan<byte> data, bool isNull, int size, in SerializationContext context) =>
        !isNull && data.Length == size
            ? data
            : throw new BrokerClientException(
                ErrorCode.InvalidRecord, $"The {context.Part} of a record of {context.Topic} is {(isNull ? "null" : $"{data.Length} bytes")}; {size} bytes are expected.");
}

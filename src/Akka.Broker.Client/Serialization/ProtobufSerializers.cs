using System.Buffers;
using Google.Protobuf;

namespace Akka.Broker.Client;

/// <summary>
/// Protocol Buffers. The client's package does not bring Google.Protobuf: whoever has messages has it already. Without calling this class nothing of it is loaded.
/// </summary>
public static class ProtobufSerializers
{
    /// <summary>The message's own encoding, without a schema registry's prefix.</summary>
    public static ISerde<T?> Of<T>()
        where T : class, IMessage<T>, IBufferMessage, new() => new ProtobufSerde<T>();

    private sealed class ProtobufSerde<T> : ISerde<T?>
        where T : class, IMessage<T>, IBufferMessage, new()
    {
        private readonly MessageParser<T> _parser = new(static () => new T());

        public void Serialize(T? value, IBufferWriter<byte> destination, in SerializationContext context) => value.WriteTo(destination);

        public T? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? null : _parser.ParseFrom(data);
    }
}

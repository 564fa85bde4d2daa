using System.Buffers;
using System.Text.Json;

namespace Akka.Broker.Client.Serialization;

internal sealed class JsonSerde<T>(JsonSerializerOptions options) : ISerde<T?>
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public void Serialize(T? value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        // A converter may serialize within: it finds none idle and makes its own.
        var writer = _writer ?? new Utf8JsonWriter(destination);
        _writer = null;
        writer.Reset(destination);
        JsonSerializer.Serialize(writer, value, options);
        writer.Flush();
        writer.Reset(Stream.Null);
        _writer = writer;
    }

    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? default : JsonSerializer.Deserialize<T>(data, options);
}

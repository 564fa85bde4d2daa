using System.Buffers;
using System.Text.Json;

namespace Akka.Broker.Client.Serialization;

internal sealed class JsonSerde<T>(JsonSerializerOptions options) : ISerde<T?>
{
    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    public void Serialize(T? value, IBufferWriter<byte> destination, in SerializationContext context)
    {
        // A converter may serialize within: it finds none idle and makes its own.
        var writer = t_writer ?? new Utf8JsonWriter(destination);
        t_writer = null;
        writer.Reset(destination);
        JsonSerializer.Serialize(writer, value, options);
        writer.Flush();
        writer.Reset(Stream.Null);
        t_writer = writer;
    }

    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? default : JsonSerializer.Deserialize<T>(data, options);
}

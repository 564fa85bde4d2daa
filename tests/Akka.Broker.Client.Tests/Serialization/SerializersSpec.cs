using System.Buffers;
using Google.Protobuf.WellKnownTypes;

namespace Akka.Broker.Client.Tests.Serialization;

public sealed class SerializersSpec
{
    private static readonly SerializationContext Context = new("t", RecordPart.Value);

    [Fact]
    public void Values_survive_a_round_trip()
    {
        RoundTrip(Serializers.Utf8, "Grüße");
        RoundTrip(Serializers.Bytes, [1, 2, 3]);
        RoundTrip(Serializers.Int32, -7);
        RoundTrip(Serializers.Int64, long.MinValue);
        RoundTrip(Serializers.Double, 0.1);
        RoundTrip(Serializers.Guid, new Guid("00112233-4455-6677-8899-aabbccddeeff"));
        RoundTrip(Serializers.Json<Order>(), new Order("a", 3));
        RoundTrip(ProtobufSerializers.Of<StringValue>(), new StringValue { Value = "x" });
    }

    [Fact]
    public void Bytes_are_those_of_other_clients()
    {
        Assert.Equal([0, 0, 0, 1], Bytes(Serializers.Int32, 1));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1], Bytes(Serializers.Int64, 1));
        Assert.Equal("00112233-4455-6677-8899-aabbccddeeff"u8.ToArray(), Bytes(Serializers.Guid, new Guid("00112233-4455-6677-8899-aabbccddeeff")));
        Assert.Equal("""{"name":"a","count":3}"""u8.ToArray(), Bytes(Serializers.Json<Order>(), new Order("a", 3)));
    }

    [Fact]
    public void Null_stays_null_and_a_number_of_another_size_is_an_error()
    {
        Assert.Null(Serializers.Utf8.Deserialize(default, true, Context));
        Assert.Equal("", Serializers.Utf8.Deserialize(default, false, Context));
        Assert.Null(Serializers.Json<Order>().Deserialize(default, true, Context));
        Assert.Contains("3 bytes", Assert.Throws<BrokerClientException>(() => Serializers.Int32.Deserialize([1, 2, 3], false, Context)).Message);
    }

    private static void RoundTrip<T>(ISerde<T> serde, T value) => Assert.Equal(value, serde.Deserialize(Bytes(serde, value), false, Context));

    private static byte[] Bytes<T>(ISerde<T> serde, T value)
    {
        var to = new ArrayBufferWriter<byte>();
        serde.Serialize(value, to, Context);
        return to.WrittenSpan.ToArray();
    }

    private sealed record Order(string Name, int Count);
}

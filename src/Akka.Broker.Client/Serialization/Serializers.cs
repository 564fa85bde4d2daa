using System.Text.Json;
using Akka.Broker.Client.Serialization;

namespace Akka.Broker.Client;

/// <summary>A key or value that is always null.</summary>
public sealed class Null
{
    private Null()
    {
    }
}

/// <summary>The ready-made serializers. Numbers are big-endian, and all are what clients of other languages have under these names.</summary>
public static class Serializers
{
    public static ISerde<string?> Utf8 { get; } = new Utf8Serde();

    public static ISerde<byte[]?> Bytes { get; } = new BytesSerde();

    /// <summary>Bytes that need not fill an array. Read, they are a copy.</summary>
    public static ISerde<ReadOnlyMemory<byte>> Memory { get; } = new MemorySerde();

    public static ISerde<int> Int32 { get; } = new Int32Serde();

    public static ISerde<long> Int64 { get; } = new Int64Serde();

    public static ISerde<double> Double { get; } = new DoubleSerde();

    /// <summary>As text, 36 characters, as clients of other languages write it.</summary>
    public static ISerde<Guid> Guid { get; } = new GuidSerde();

    /// <summary>For topics without keys, or without values.</summary>
    public static ISerde<Null?> Null { get; } = new NullSerde();

    /// <summary>By System.Text.Json; its defaults for the web unless options are given.</summary>
    public static ISerde<T?> Json<T>(JsonSerializerOptions? options = null) => new JsonSerde<T>(options ?? JsonSerializerOptions.Web);
}

using System.Text.Json;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>A record as every client must see it; bytes are base64, as in the lines of <c>records_dump.py</c>.</summary>
internal sealed record WireRecord(int Partition, long Offset, long Timestamp, string? Key, string? Value, string?[][] Headers)
{
    public string ToLine() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public static WireRecord Parse(string line) => JsonSerializer.Deserialize<WireRecord>(line, JsonSerializerOptions.Web)!;

    public static string? Text(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

    public static byte[]? Bytes(string? text) => text is null ? null : Convert.FromBase64String(text);

    /// <summary>Keys and values that are there, null and empty, of all sizes; headers that are missing, null, empty and named twice; times out of order.</summary>
    public static WireRecord[] Samples(int count)
    {
        var random = new Random(20);
        var offsets = new long[2];
        return [.. Enumerable.Range(0, count).Select(i => Sample(i, random, offsets))];
    }

    private static WireRecord Sample(int i, Random random, long[] offsets)
    {
        var partition = i % 2;
        byte[]? Some(int which, int sizeMax)
        {
            if (which == 0)
                return null;
            var bytes = new byte[which == 1 ? 0 : random.Next(1, sizeMax)];
            // Half of it repeats, so that codecs have something to do.
            random.NextBytes(bytes.AsSpan(0, bytes.Length / 2));
            return bytes;
        }

        string?[][] headers = (i % 4) switch
        {
            0 => [],
            1 => [["one", Text([1, 2, 3])]],
            2 => [["twice", Text([0])], ["twice", Text([])], ["ünïcode", Text([255])]],
            _ => [["null", null]],
        };
        return new WireRecord(partition, offsets[partition]++, 1_700_000_000_000 + random.Next(-100_000, 100_000), Text(Some(i % 5, 40)), Text(Some(i % 7, i % 50 == 0 ? 20_000 : 300)), headers);
    }
}

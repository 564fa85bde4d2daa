using System.Buffers.Binary;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Xunit.Abstractions;

namespace Akka.Broker.Tests.Gateway;

/// <summary>
/// What hostile or broken clients do costs their own connections, while a well-behaved one beside them goes on. Short by default;
/// <c>AKKA_BROKER_FUZZ_SECONDS</c> makes the fuzzing long, <c>AKKA_BROKER_FUZZ_SEED</c> runs one seed again.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class GatewayAbuseSpec(ITestOutputHelper output) : IAsyncDisposable
{
    private readonly ProduceTestContext _context = new();

    [Fact]
    public async Task Fuzzed_frames_cost_only_their_connections()
    {
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("AKKA_BROKER_FUZZ_SECONDS"), out var s) ? s : 0;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("AKKA_BROKER_FUZZ_SEED"), out var given) ? given : 2026_11;
        using var good = await _context.Gateway.ConnectAsync();
        var started = TimeProvider.System.GetTimestamp();
        var rounds = 0;
        var appended = 0L;
        do
        {
            output.WriteLine($"seed {seed}");
            var random = new Random(seed++);
            for (var i = 0; i < 150; i++)
            {
                using (var bad = await _context.Gateway.ConnectAsync())
                    await AttackAsync(bad, random);
                if (i % 10 == 0)
                    Assert.Equal(appended++, await _context.ProduceAsync(good));
            }
            rounds++;
            GatewayTestContext.Eventually(() => _context.Gateway.Server.Counters.Open == 1 && _context.Gateway.Server.RequestBytes == 0);
            Assert.Empty(_context.Gateway.Log.Errors);
        }
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds);
        output.WriteLine($"{rounds} rounds, {_context.Gateway.Log.Warnings.Count} connections closed for what they sent");
        Assert.NotEmpty(_context.Gateway.Log.Warnings);
    }

    [Fact]
    public async Task Damaged_batches_are_refused_by_code_whatever_the_damage()
    {
        using var client = await _context.Gateway.ConnectAsync();
        var random = new Random(11);
        var whole = TestTopics.Batch(records: 5, valueBytes: 30);
        for (var i = 0; i < 400; i++)
        {
            var batch = (byte[])whole.Clone();
            switch (random.Next(4))
            {
                case 0:
                    batch[random.Next(RecordBatch.LengthOffset, batch.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    batch = batch[..random.Next(batch.Length)];
                    break;
                case 2:
                    // The count lies and the checksum agrees with it.
                    BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatch.RecordCountOffset), random.Next(3) == 0 ? int.MaxValue : random.Next(6, 100));
                    Seal(batch);
                    break;
                default:
                    // A record's length lies.
                    batch[RecordBatch.HeaderSize] = (byte)random.Next(256);
                    Seal(batch);
                    break;
            }
            if (batch.AsSpan().SequenceEqual(whole) || !IsDamaged(batch, whole))
                continue;
            var answer = await _context.TryProduceAsync(client, batch);
            Assert.Contains(
                answer.ErrorCode, new[] { ErrorCode.CorruptMessage, ErrorCode.InvalidRecord, ErrorCode.UnsupportedCompressionType, ErrorCode.InvalidTimestamp });
        }
        Assert.Equal(0, _context.Port.Count);
    }

    [Fact]
    public async Task Many_idle_connections_are_cheap()
    {
        const int Connections = 500;
        using var good = await _context.Gateway.ConnectAsync();
        await _context.ProduceAsync(good);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var idle = new List<WireClient>();
        for (var i = 0; i < Connections; i++)
            idle.Add(await _context.Gateway.ConnectAsync());
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Counters.Open == Connections + 1);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;
        output.WriteLine($"{each} bytes of heap for each idle connection, both ends");
        Assert.InRange(each, long.MinValue, 12_000);
        Assert.Equal(0, _context.Gateway.Server.RequestBytes);
        Assert.Equal(1, await _context.ProduceAsync(good));
        idle.ForEach(c => c.Dispose());
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Counters.Open == 1);
    }

    [Fact]
    public async Task Connecting_and_leaving_again_and_again_leaves_nothing()
    {
        using var good = await _context.Gateway.ConnectAsync();
        var appended = 0;
        for (var i = 0; i < 1_000; i++)
        {
            using var client = await _context.Gateway.ConnectAsync();
            if (i % 3 == 0)
                await client.SendAsync(new ApiVersionsRequest(), 0);
            if (i % 100 == 0)
                Assert.Equal(appended++, await _context.ProduceAsync(good));
        }
        // Connections are accepted in their order: behind this one none waits.
        using (var last = await _context.Gateway.ConnectAsync())
            await last.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Counters.Open == 1);
        Assert.Empty(_context.Gateway.Log.Errors);
    }

    public ValueTask DisposeAsync() => _context.Gateway.DisposeAsync();

    private static void Seal(byte[] batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatch.CrcOffset), RecordBatch.ComputeCrc(batch));

    /// <summary>The leader epoch of a produced batch means nothing.</summary>
    private static bool IsDamaged(byte[] batch, byte[] whole)
    {
        if (batch.Length != whole.Length)
            return true;
        var copy = (byte[])batch.Clone();
        whole.AsSpan(RecordBatch.LeaderEpochOffset, 4).CopyTo(copy.AsSpan(RecordBatch.LeaderEpochOffset));
        return !copy.AsSpan().SequenceEqual(whole);
    }

    private async Task AttackAsync(WireClient client, Random random)
    {
        try
        {
            switch (random.Next(5))
            {
                case 0:
                    await client.SendRawAsync(RandomBytes(random, random.Next(1, 3000)));
                    break;
                case 1:
                    await client.SendRawAsync(Frame(RandomBytes(random, random.Next(8, 3000))));
                    break;
                case 2:
                    await client.SendRawAsync(KnownApiWithRandomBody(random));
                    break;
                case 3:
                    await client.SendRawAsync(Mutate(random, _context.Frame()));
                    break;
                default:
                    var frame = _context.Frame();
                    await client.SendRawAsync(frame.AsMemory(0, random.Next(1, frame.Length)));
                    break;
            }
            if (random.Next(2) == 0)
            {
                client.EndSending();
                await client.ReadToEndAsync();
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Cut off while it was still sending.
        }
    }

    private static byte[] KnownApiWithRandomBody(Random random)
    {
        var body = RandomBytes(random, random.Next(8, 400));
        BinaryPrimitives.WriteInt16BigEndian(body, (short)new[] { ApiKey.Produce, ApiKey.ListOffsets, ApiKey.ApiVersions }[random.Next(3)]);
        BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(2), (short)random.Next(0, 14));
        if (body.Length > 10)
            BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(8), (short)random.Next(-1, 5));
        return Frame(body);
    }

    private static byte[] Mutate(Random random, byte[] frame)
    {
        for (var i = random.Next(1, 6); i > 0; i--)
            frame[random.Next(4, frame.Length)] = (byte)random.Next(256);
        return frame;
    }

    private static byte[] Frame(byte[] body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Broker.Clients.Tests.Support;
using Xunit.Abstractions;

namespace Akka.Broker.Clients.Tests;

/// <summary>
/// What a port open to the world gets: each costs at most its own connection, memory stays bounded, and a producer and a consumer that work beside it lose nothing.
/// <c>AKKA_BROKER_FUZZ_SECONDS</c> (5 unless told) and <c>AKKA_BROKER_FUZZ_SEED</c> steer the fuzz.
/// </summary>
public sealed class AbuseSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private const long ResidentBytesMax = 600L << 20;
    private readonly TempFolder _folder = new();
    private BrokerProcess _broker = null!;
    private Tool _producer = null!;

    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(_folder.File("data"));
        await Admin.CreateTopicAsync(_broker.Bootstrap, "beside");
        _producer = Python.Start("idempotent_stream.py", _broker.Bootstrap, "beside");
        await _producer.LineAsync(line => line.StartsWith("sent ", StringComparison.Ordinal));
    }

    public async Task DisposeAsync()
    {
        await _producer.DisposeAsync();
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Malformed_frames_cost_only_their_connection()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("AKKA_BROKER_FUZZ_SEED"), out var given) ? given : 20260101;
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("AKKA_BROKER_FUZZ_SECONDS"), out var s) ? s : 5;
        output.WriteLine($"AKKA_BROKER_FUZZ_SEED={seed}");
        var random = new Random(seed);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var frames = 0;
        for (; !limit.IsCancellationRequested; frames++)
            await SendAsync(Frame(random));

        output.WriteLine($"{frames} frames");
        await NothingLostBesideAsync();
    }

    [Fact]
    public async Task A_client_that_never_reads_is_dropped_or_held_within_bounds()
    {
        (await Tool.RunShellAsync($"head -c 30000000 /dev/zero | tr '\\0' 'x' | fold -w 1000 | kcat -b {_broker.Bootstrap} -P -t big")).MustSucceed();
        using var client = await ConnectAsync();
        var fetch = FetchV4("big", maxBytes: 50_000_000);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            for (var i = 0; i < 2_000; i++)
                await client.GetStream().WriteAsync(fetch, patience.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The broker stopped reading or hung up; either is right.
        }

        await NothingLostBesideAsync();
    }

    [Fact]
    public async Task Two_thousand_idle_connections_are_cheap()
    {
        var before = ResidentBytes();
        var idle = new List<TcpClient>();
        for (var i = 0; i < 2_000; i++)
            idle.Add(await ConnectAsync());

        await NothingLostBesideAsync();
        var grown = ResidentBytes() - before;
        output.WriteLine($"{grown / 2_000} bytes a connection");
        Assert.InRange(grown, long.MinValue, 200L << 20);
        idle.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Ten_thousand_connects_and_disconnects_leave_nothing_behind()
    {
        for (var i = 0; i < 10_000; i++)
        {
            using var client = await ConnectAsync();
            client.LingerState = new LingerOption(true, 0);
            if (i % 3 == 0)
                await client.GetStream().WriteAsync(new byte[] { 0, 0, 0, 40, 0, 18 });
        }

        await NothingLostBesideAsync();
        Assert.InRange(Directory.GetFiles($"/proc/{_broker.ProcessId}/fd").Length, 1, 1_000);
    }

    private async Task NothingLostBesideAsync()
    {
        Assert.False(_producer.HasExited, _producer.Errors);
        await _producer.Input.WriteLineAsync("stop");
        await _producer.Input.FlushAsync();
        var done = (await _producer.EndAsync()).MustSucceed();
        var count = int.Parse(done.Lines.Single(l => l.StartsWith("done ", StringComparison.Ordinal))[5..]);
        var consumed = (await Tool.RunAsync("kcat", "-b", _broker.Bootstrap, "-C", "-t", "beside", "-o", "beginning", "-e", "-q")).MustSucceed();
        Assert.Equal(Enumerable.Range(0, count).Select(n => n.ToString()), consumed.Lines);
        Assert.InRange(ResidentBytes(), 0, ResidentBytesMax);
    }

    private long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{_broker.ProcessId}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(_broker.Bootstrap));
        return client;
    }

    private async Task SendAsync(byte[] bytes)
    {
        using var client = await ConnectAsync();
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var answer = new byte[4096];
            while (await stream.ReadAsync(answer, patience.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // Reset by the broker: that is the cost of such a frame.
        }
    }

    /// <summary>Noise of every kind: random bytes, cut frames, lengths that lie, unknown APIs and versions, a valid produce request with flipped bytes.</summary>
    private static byte[] Frame(Random random)
    {
        var body = new byte[random.Next(2, 400)];
        random.NextBytes(body);
        switch (random.Next(6))
        {
            case 0:
                return body;
            case 1:
                return [0x7f, 0xff, 0xff, 0xff, .. body];
            case 2:
                return [0xff, 0xff, 0xff, 0xf0, .. body];
            case 3:
                BinaryPrimitives.WriteInt16BigEndian(body.AsSpan(), (short)random.Next(0, 90));
                return Framed(body);
            case 4:
                var cut = Framed(body);
                return cut[..random.Next(1, cut.Length)];
            default:
                var fetch = FetchV4("beside", 1_000_000);
                for (var i = random.Next(1, 5); i > 0; i--)
                    fetch[random.Next(4, fetch.Length)] = (byte)random.Next(256);
                return fetch;
        }
    }

    private static byte[] Framed(byte[] body)
    {
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    /// <summary>A Fetch request of version 4 for partition 0 from offset 0, without a client library in between.</summary>
    private static byte[] FetchV4(string topic, int maxBytes)
    {
        using var body = new MemoryStream();
        Write16(body, 1);
        Write16(body, 4);
        Write32(body, 7);
        Write16(body, -1);
        Write32(body, -1);
        Write32(body, 100);
        Write32(body, 1);
        Write32(body, maxBytes);
        body.WriteByte(0);
        Write32(body, 1);
        Write16(body, (short)topic.Length);
        body.Write(Encoding.ASCII.GetBytes(topic));
        Write32(body, 1);
        Write32(body, 0);
        Write32(body, 0);
        Write32(body, 0);
        Write32(body, maxBytes);
        return Framed(body.ToArray());
    }

    private static void Write16(MemoryStream to, short value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, value);
        to.Write(bytes);
    }

    private static void Write32(MemoryStream to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        to.Write(bytes);
    }
}

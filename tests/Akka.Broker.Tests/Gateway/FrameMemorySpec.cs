using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>The budget for all connections' requests.</summary>
public sealed class FrameMemorySpec
{
    [Fact]
    public async Task Reservation_waits_for_room_and_gets_it()
    {
        var memory = new FrameMemory(100, new ManualTime());
        await memory.ReserveAsync(60, 0, CancellationToken.None);
        var second = memory.ReserveAsync(60, 0, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        memory.Release(60);
        await second;
        Assert.Equal(60, memory.Used);
    }

    [Fact]
    public async Task Frame_larger_than_the_budget_passes_alone()
    {
        var memory = new FrameMemory(100, new ManualTime());
        await memory.ReserveAsync(500, 0, CancellationToken.None);
        var second = memory.ReserveAsync(1, 0, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        await memory.ReserveAsync(500, held: 500, CancellationToken.None);
        memory.Release(1000);
        await second;
    }

    [Fact]
    public async Task Waiting_ends_with_the_connection()
    {
        var memory = new FrameMemory(100, new ManualTime());
        await memory.ReserveAsync(100, 0, CancellationToken.None);
        using var closed = new CancellationTokenSource();
        var waiting = memory.ReserveAsync(1, 0, closed.Token).AsTask();
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        memory.Release(100);
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public void The_slowest_frame_is_cut_off_while_others_wait()
    {
        var (memory, time) = Full();
        var oldest = new Frame(time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(1));
        var younger = new Frame(time.GetTimestamp());
        memory.Started(younger);
        memory.Started(oldest);
        time.Advance(TimeSpan.FromSeconds(4));

        memory.EvictStalled();
        Assert.Equal((0, 0), (oldest.Evictions, younger.Evictions));

        _ = memory.ReserveAsync(1, 0, CancellationToken.None).AsTask();
        memory.EvictStalled();
        Assert.Equal((1, 0), (oldest.Evictions, younger.Evictions));
    }

    [Fact]
    public void Frame_that_waits_for_memory_is_not_slow()
    {
        var (memory, time) = Full();
        var waiting = new Frame(time.GetTimestamp()) { WaitsForMemory = true, HeldBytes = 40 };
        time.Advance(TimeSpan.FromSeconds(10));
        var trickling = new Frame(time.GetTimestamp()) { HeldBytes = 60 };
        memory.Started(waiting);
        memory.Started(trickling);
        _ = memory.ReserveAsync(1, 40, CancellationToken.None).AsTask();
        memory.EvictStalled();
        Assert.Equal((0, 0), (waiting.Evictions, trickling.Evictions));

        time.Advance(TimeSpan.FromSeconds(3));
        memory.EvictStalled();
        Assert.Equal((0, 1), (waiting.Evictions, trickling.Evictions));
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(50, 0)] // the rest is with handlers, and comes back
    public void Of_frames_that_wait_for_each_other_the_one_furthest_from_whole_is_cut_off(int held, int evictions)
    {
        var (memory, time) = Full();
        var near = new Frame(time.GetTimestamp()) { WaitsForMemory = true, HeldBytes = 40, MissingBytes = 5 };
        var far = new Frame(time.GetTimestamp()) { WaitsForMemory = true, HeldBytes = held, MissingBytes = 50_000 };
        memory.Started(near);
        memory.Started(far);
        _ = memory.ReserveAsync(5, 40, CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(3));
        memory.EvictStalled();
        Assert.Equal((0, evictions), (near.Evictions, far.Evictions));
    }

    [Fact]
    public async Task Frames_that_trickle_in_do_not_keep_others_out()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { QueuedRequestBytesMax = 2_500_000, IdleMsMax = int.MaxValue });
        const int HeldByOneSlow = 2 * 1_048_576;
        using var first = await SendSlowFrameAsync(gateway);
        GatewayTestContext.Eventually(() => gateway.Server.RequestBytes == HeldByOneSlow);
        using var second = await SendSlowFrameAsync(gateway);
        GatewayTestContext.Eventually(() => gateway.Server.RequestsWaitingForMemory == 1);
        using var good = await gateway.ConnectAsync();
        var request = new ListOffsetsRequest { Topics = [.. Enumerable.Range(0, 20).Select(_ => new ListOffsetsRequest.ListOffsetsTopic { Name = new string('t', 30_000) })] };
        await good.SendAsync(request, 7);
        GatewayTestContext.Eventually(() => gateway.Server.RequestsWaitingForMemory == 2);

        var arrived = gateway.Held.NextAsync().AsTask();
        gateway.Time.Advance(TimeSpan.FromSeconds(4));
        // The first is gone. Either of the others has its memory now; if that is the second slow one, it goes too.
        GatewayTestContext.Eventually(() => arrived.IsCompleted || (gateway.Server.RequestBytes == HeldByOneSlow && gateway.Server.RequestsWaitingForMemory == 1));
        if (!arrived.IsCompleted)
            gateway.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(20, (await arrived.WaitAsync(TimeSpan.FromSeconds(20))).Request.Topics.Count);
        Assert.InRange(gateway.Log.Warnings.Count, 1, 2);
        Assert.All(gateway.Log.Warnings, w => Assert.Contains("arrives too slowly", w));
    }

    /// <summary>Claims 50 MB and sends what fills the first piece, so that the next one is asked for.</summary>
    private static async Task<WireClient> SendSlowFrameAsync(GatewayTestContext gateway)
    {
        var client = await gateway.ConnectAsync();
        await client.SendRawAsync(new byte[] { 3, 0, 0, 0 });
        await client.SendRawAsync(new byte[1_048_576]);
        return client;
    }

    private static (FrameMemory Memory, ManualTime Time) Full()
    {
        var time = new ManualTime();
        var memory = new FrameMemory(100, time);
        Assert.True(memory.ReserveAsync(100, 0, CancellationToken.None).IsCompletedSuccessfully);
        return (memory, time);
    }

    private sealed class Frame(long slowSince) : IFrameInProgress
    {
        public int Evictions { get; private set; }

        public long SlowSince { get; } = slowSince;

        public bool WaitsForMemory { get; init; }

        public int HeldBytes { get; init; }

        public int MissingBytes { get; init; }

        public void Evict() => Evictions++;
    }
}

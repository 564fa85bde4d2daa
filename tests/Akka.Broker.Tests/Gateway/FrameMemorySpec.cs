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
    public async Task Frames_that_trickle_in_do_not_keep_others_out()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { QueuedRequestBytesMax = 3_000_000, IdleMsMax = int.MaxValue });
        var slow = new List<WireClient>();
        for (var i = 0; i < 2; i++)
        {
            slow.Add(await gateway.ConnectAsync());
            // 50 MB are claimed; what comes fills the first piece and asks for the next.
            await slow[i].SendRawAsync(new byte[] { 3, 0, 0, 0 });
            await slow[i].SendRawAsync(new byte[1_048_576]);
        }
        GatewayTestContext.Eventually(() => gateway.Server.RequestBytes >= 2_000_000);
        using var good = await gateway.ConnectAsync();
        var request = new ListOffsetsRequest { Topics = [new() { Name = new string('t', 30_000) }] };
        for (var i = 0; i < 100; i++)
            request.Topics.Add(request.Topics[0]);
        var sending = good.SendAsync(request, 7);
        // The guard looks each second whether somebody waits, and cuts off who has stalled for longest.
        var arrived = gateway.Held.NextAsync().AsTask();
        // No further than until both are gone: the good client's frame must not age behind them.
        GatewayTestContext.Eventually(() =>
        {
            if (!arrived.IsCompleted && gateway.Log.Warnings.Count < slow.Count)
                gateway.Time.Advance(TimeSpan.FromSeconds(1));
            return arrived.IsCompleted;
        });
        await sending;
        Assert.Equal(101, (await arrived).Request.Topics.Count);
        Assert.All(gateway.Log.Warnings, w => Assert.Contains("arrives too slowly", w));
        Assert.InRange(gateway.Log.Warnings.Count, 1, 2);
        slow.ForEach(c => c.Dispose());
        GatewayTestContext.Eventually(() => gateway.Server.RequestBytes == 0);
    }
}

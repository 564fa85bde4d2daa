using Akka.Broker.Gateway.Sockets;

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
    public void The_frame_that_stalled_longest_is_cut_off_while_others_wait()
    {
        var time = new ManualTime();
        var memory = new FrameMemory(100, time);
        Assert.True(memory.ReserveAsync(100, 0, CancellationToken.None).IsCompletedSuccessfully);
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

    private sealed class Frame(long lastProgress) : IFrameInProgress
    {
        public int Evictions { get; private set; }

        public long LastProgress { get; } = lastProgress;

        public void Evict() => Evictions++;
    }
}

using Akka.Broker.Client.Producing;

namespace Akka.Broker.Client.Tests.Producer;

public sealed class FineTimeSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FineTime _time = new(TimeProvider.System);

    [Fact]
    public void A_timer_goes_off_once_and_not_before_its_time()
    {
        using var gone = new SemaphoreSlim(0);
        long at = 0;
        using var timer = Timer(() =>
        {
            Volatile.Write(ref at, _time.GetTimestamp());
            gone.Release();
        });
        for (var i = 0; i < 20; i++)
        {
            var set = _time.GetTimestamp();
            timer.Change(TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);
            Assert.True(gone.Wait(Patience));
            Assert.True(_time.GetElapsedTime(set, Volatile.Read(ref at)) >= TimeSpan.FromMilliseconds(5));
        }
        Assert.Equal(0, gone.CurrentCount);
    }

    [Fact]
    public void One_that_is_set_to_go_off_sooner_does()
    {
        using var gone = new SemaphoreSlim(0);
        using var later = Timer(static () => Assert.Fail("Not for an hour."));
        later.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        using var timer = Timer(() => gone.Release());
        timer.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);

        timer.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);

        Assert.True(gone.Wait(Patience));
    }

    [Fact]
    public void One_that_is_disposed_of_does_not_go_off_and_another_may_be_made_after_the_last()
    {
        using var gone = new SemaphoreSlim(0);
        for (var i = 0; i < 100; i++)
        {
            var disposed = Timer(static () => Assert.Fail("It was disposed of."));
            disposed.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
            disposed.Dispose();
            Assert.False(disposed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
            using var next = Timer(() => gone.Release());
            next.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            Assert.True(gone.Wait(Patience));
        }
    }

    private ITimer Timer(Action goneOff) => _time.CreateTimer(_ => goneOff(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}

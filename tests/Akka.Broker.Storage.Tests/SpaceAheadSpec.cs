using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

/// <summary>Space that is reserved behind the end of a log that grows.</summary>
public sealed class SpaceAheadSpec : IDisposable
{
    private const int SegmentBytes = 40 << 20;
    private const int BatchBytes = 512 << 10;

    private readonly LogTestContext _context = new(new LogConfig { SegmentBytes = SegmentBytes });

    public void Dispose() => _context.Dispose();

    [Fact]
    public void A_small_log_reserves_nothing()
    {
        Fill(SpaceAhead.FileBytesMin - BatchBytes);
        Assert.Equal(0, Reserved(0));
    }

    [Fact]
    public void A_log_that_grows_has_as_much_ahead_as_it_is_long_up_to_a_step()
    {
        Fill(SpaceAhead.FileBytesMin + BatchBytes);
        Assert.InRange(Reserved(0) - Size(0), Size(0) - BatchBytes, Size(0));

        Fill(SpaceAhead.StepBytesMax + SpaceAhead.StepBytesMax / 4);
        Assert.InRange(Reserved(0) - Size(0), 1, SpaceAhead.StepBytesMax);
    }

    [Fact]
    public void Nothing_is_reserved_beyond_a_segment_and_a_full_one_gives_back_what_it_has()
    {
        Fill(SegmentBytes - 2 * BatchBytes);
        Assert.InRange(Reserved(0), Size(0), SegmentBytes);
        Fill(3 * BatchBytes);
        Assert.Equal(2, _context.Log.SegmentCount);
        Assert.Equal(0, Reserved(0));
    }

    [Fact]
    public void A_stop_and_a_cut_give_it_back()
    {
        Fill(4 << 20);
        _context.Log.TruncateToAsync(_context.Log.TakeOver(), _context.Log.LogEndOffset - 1).Now();
        Assert.Equal(0, Reserved(0));
        Fill(4 << 20);
        Assert.NotEqual(0, Reserved(0));
        _context.StopAndStart();
        Assert.Equal(0, Reserved(0));
    }

    [Fact]
    public void Without_space_to_spare_a_log_is_written_as_it_comes()
    {
        Fill(SpaceAhead.FileBytesMin + BatchBytes);
        _context.Memory.CapacityBytes = Size(0) + (3 << 20);
        Fill(2 << 20);
        Assert.Null(_context.Log.Failure);
        Assert.InRange(Reserved(0), 0, Size(0) + (1 << 20));
    }

    private void Fill(int bytes)
    {
        for (var at = 0; at + BatchBytes <= bytes; at += BatchBytes)
            _context.Log.Fill(1, valueBytes: BatchBytes - 100);
    }

    private long Size(long segment) => _context.Memory.FileLength(LogOf(segment));

    private long Reserved(long segment) => _context.Memory.ReservedEndOf(LogOf(segment));

    private string LogOf(long segment) => $"{_context.LogFolder}/{LogFileNames.Of(segment, LogFileNames.Log)}";
}

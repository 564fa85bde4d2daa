using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>A start that finds less than the last stop has synced says so: by a clean stop's mark the node would stay in sync, and could be made leader of what it lost.</summary>
public sealed class CleanStopSpec : IDisposable
{
    private readonly LogTestContext _context = new(ScrubTestContext.Plain);

    public void Dispose() => _context.Dispose();

    [Fact]
    public void A_sound_folder_is_believed()
    {
        Stop(20);
        Assert.Equal((true, 5L), (_context.Manager.WasCleanStop, _context.Manager.CleanStopEpoch));
    }

    [Fact]
    public void Damage_that_is_cut_off_at_the_start_makes_the_stop_an_unclean_one()
    {
        Stop(20);
        var last = _context.Memory.FilesIn(_context.LogFolder).Last(f => f.EndsWith(".log", StringComparison.Ordinal));
        var path = $"{_context.LogFolder}/{last}";
        using (var file = _context.Memory.Open(path, DiskFileMode.Open))
            file.SetLength(file.Length - 1);

        Assert.Equal((false, -1L), (_context.Manager.WasCleanStop, _context.Manager.CleanStopEpoch));

        Assert.Equal(19, _context.Log.LogEndOffset);
        Assert.Contains(_context.Events, e => e.Level == LogEventLevel.Error && e.Message.Contains("synced up to offset 20 and ends at 19", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_was_taken_away_makes_the_stop_an_unclean_one()
    {
        Stop(20);
        _context.Memory.DeleteFolder(_context.LogFolder);

        Assert.False(_context.Manager.WasCleanStop);
        Assert.Equal(-1, _context.Manager.CleanStopEpoch);
    }

    private void Stop(int batches)
    {
        _context.Log.Fill(batches);
        _context.Manager.CloseCleanlyAsync(brokerEpoch: 5).Now();
        _context.Restart(_context.Memory.Copy());
    }
}

using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Offline;

namespace Akka.Broker.Storage.Tests;

public sealed class FolderVerifierSpec : IDisposable
{
    private readonly LogTestContext _context = new(LogConfig.Default with { SegmentBytes = 1000, IndexIntervalBytes = 100 });

    public void Dispose() => _context.Dispose();

    private string LogFile(long baseOffset) => $"{_context.LogFolder}/{baseOffset:D20}.log";

    private FolderReport Verify() => FolderVerifier.Verify(_context.Memory, LogTestContext.Folder);

    /// <summary>What a clean stop, or a killed process, leaves.</summary>
    private void Leave(int batches, bool cleanly)
    {
        _context.Log.Fill(batches);
        if (cleanly)
            _context.Manager.CloseCleanlyAsync().Now();
        _context.Restart(_context.Memory.Copy());
    }

    private void Write(string path, long position, params byte[] bytes)
    {
        using var file = _context.Memory.Open(path, DiskFileMode.Open);
        file.Write(position, bytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sound_folder_has_no_findings(bool cleanly)
    {
        Leave(50, cleanly);

        var report = Verify();

        Assert.Empty(report.Findings);
        Assert.Equal((1, 50L), (report.Partitions, report.Batches));
    }

    [Fact]
    public void A_torn_end_is_what_the_next_start_cuts()
    {
        Leave(3, cleanly: false);
        var length = _context.Memory.FileLength(LogFile(0));
        Write(LogFile(0), length, new byte[17]);

        var finding = Assert.Single(Verify().Findings);

        Assert.Equal(FindingKind.Cut, finding.Kind);
        Assert.Contains($"at byte {length} of {length + 17}", finding.Text);
        Assert.Contains("cuts 17 bytes; the log ends at offset 3", finding.Repair);
        Assert.Equal(3, _context.Log.LogEndOffset);
    }

    [Fact]
    public void A_byte_that_turned_over_in_synced_records_is_damage()
    {
        Leave(50, cleanly: true);
        Write(LogFile(0), 70, 0xff, 0xfe);

        var finding = Assert.Single(Verify().Findings);

        Assert.Equal((FindingKind.Damaged, LogFile(0)), (finding.Kind, finding.Path));
        Assert.Contains("checksum of the batch at offset 0", finding.Text);
        Assert.Contains("had been synced", finding.Text);
    }

    [Fact]
    public void An_index_that_points_beside_a_batch_is_made_again()
    {
        Leave(50, cleanly: true);
        Write(LogFile(0).Replace(".log", ".index", StringComparison.Ordinal), 7, 1);

        var finding = Assert.Single(Verify().Findings);

        Assert.Equal(FindingKind.Rebuilt, finding.Kind);
        Assert.EndsWith(".index", finding.Path);
    }

    [Fact]
    public void Records_that_were_synced_and_are_gone_are_missed()
    {
        Leave(50, cleanly: true);
        var last = _context.Memory.FilesIn(_context.LogFolder).Last(f => f.EndsWith(".log", StringComparison.Ordinal));
        using (var file = _context.Memory.Open($"{_context.LogFolder}/{last}", DiskFileMode.Open))
            file.SetLength(0);

        Assert.Contains(Verify().Findings, f => f.Kind == FindingKind.Damaged && f.Text.Contains("was synced up to 50", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_log_notes_as_synced_and_a_crash_did_not_tear_is_missed(bool isGone)
    {
        using var context = new LogTestContext(LogConfig.Default with { FlushMessages = 1, NotesSyncedEnd = true });
        context.Log.Fill(3);
        var (disk, log) = (context.Memory.Copy(), $"{context.LogFolder}/{0:D20}.log");
        var last = context.Log.ReadHeaders(0).Take(2).Sum(h => h.SizeInBytes);
        using (var file = disk.Open(log, DiskFileMode.Open))
        {
            if (isGone)
                file.SetLength(last);
            else
                file.Write(last + 70, [0xff]);
        }

        var finding = Assert.Single(FolderVerifier.Verify(disk, LogTestContext.Folder).Findings);

        Assert.Equal(FindingKind.Damaged, finding.Kind);
        Assert.Contains(isGone ? "ends at offset 2, and was synced up to 3" : "valid up to offset 2; these bytes had been synced", finding.Text);
        Assert.Contains("from the controller", finding.Repair);
    }

    [Fact]
    public void A_folder_that_is_served_or_none_is_refused()
    {
        _context.Log.Fill(1);

        Assert.Throws<DataFolderLockedException>(() => Verify());
        Assert.Throws<CorruptFileException>(() => FolderVerifier.Verify(_context.Memory, _context.LogFolder));
    }

    [Fact]
    public void A_dump_shows_batches_records_and_index_entries()
    {
        Leave(50, cleanly: true);

        var batches = LogDump.Lines(_context.Memory, LogFile(0), new LogDumpOptions(WithRecords: true, FromOffset: 2, BatchesMax: 1)).ToList();

        Assert.StartsWith("baseOffset: 2 lastOffset: 2 count: 1 ", batches[0]);
        Assert.EndsWith("isvalid: true", batches[0]);
        Assert.StartsWith("| offset: 2 timestamp: ", batches[1]);
        Assert.Equal(2, batches.Count);
        Assert.StartsWith("offset: ", LogDump.Lines(_context.Memory, LogFile(0).Replace(".log", ".index", StringComparison.Ordinal), new LogDumpOptions()).First());
        Assert.StartsWith("timestamp: ", LogDump.Lines(_context.Memory, LogFile(0).Replace(".log", ".timeindex", StringComparison.Ordinal), new LogDumpOptions()).First());
        Assert.Throws<CorruptFileException>(() => LogDump.Lines(_context.Memory, $"{LogTestContext.Folder}/meta.properties", new LogDumpOptions()));
    }
}

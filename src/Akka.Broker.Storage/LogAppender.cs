using System.Runtime.InteropServices;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>A batch that is to be written, or is: its header, decoded, and its bytes.</summary>
internal readonly record struct RunBatch(BatchHeader Header, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Appends to one log for its <see cref="LogMutator"/>: gathers the batches of consecutive appends into a run that is written at one stroke, and begins
/// another where a segment is full.
/// <code>
///   append 1 │ append 2        │ append 3
///   b b b    │ b b b b b b b b │ b
///   └────────── run ──────┘└─ run, next segment ─┘
/// </code>
/// What fails breaks its token, so that nothing lands behind the gap. An append over several segments of which a later part failed leaves its earlier part in
/// the log: its writer reads the log's end again.
/// <para>Invariants: between two groups the run is empty.</para>
/// </summary>
internal sealed class LogAppender(LogMutator log, LogEnvironment environment)
{
    /// <summary>With less, space is not reserved ahead: it may be another log's.</summary>
    private const long PlentyOfSpace = 1L << 30;

    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private readonly List<RunBatch> _batches = [];
    private int _bytes;
    private bool _isDiskFull;

    /// <summary>Writes appends in order and sets their results. Throws nothing.</summary>
    public void WriteGroup(Span<PendingAppend> appends)
    {
        var firstInRun = 0;
        for (var i = 0; i < appends.Length; i++)
        {
            ref var append = ref appends[i];
            append.Result = Admit(append);
            if (!append.Result.IsAppended)
                continue;
            try
            {
                append.Result = Gather(append, ref firstInRun, i);
            }
            catch (Exception e)
            {
                Refuse(appends[firstInRun..(i + 1)], AfterFailure(e));
            }
        }
        try
        {
            WriteRun();
        }
        catch (Exception e)
        {
            Refuse(appends[firstInRun..], AfterFailure(e));
        }
    }

    private AppendResult Admit(in PendingAppend append)
    {
        if (log.IsClosed)
            return AppendResult.Not(AppendStatus.Failed, new LogClosedException(log.Log.ToString()));
        if (!append.Token.IsCurrent)
            return AppendResult.Not(AppendStatus.StaleToken);
        if (append.Token.IsBroken)
            return append.Token.BrokenBy;
        if (log.Log.Failure is { } failure)
            return AppendResult.Not(AppendStatus.Failed, new LogFailedException(log.Log.ToString(), failure));
        if (log.Log.IsShortOfSpace)
        {
            var full = AppendResult.Not(AppendStatus.DiskFull, new DiskFullException($"The disk of '{log.Log.DataFolder}' is down to what is held back of it (log.dir.reserve.bytes)."));
            append.Token.Break(full);
            return full;
        }
        return AppendResult.Appended(-1, -1);
    }

    /// <summary>Adds an append's batches to the run, writing it and rolling where a batch does not fit the segment.</summary>
    private AppendResult Gather(in PendingAppend append, ref int firstInRun, int index)
    {
        var expected = _batches.Count > 0 ? _batches[^1].Header.NextOffset : log.WrittenEndOffset;
        if (AppendShape.Check(append, expected) is { } wrong)
        {
            var refused = AppendResult.Not(AppendStatus.Refused, wrong);
            append.Token.Break(refused);
            environment.Tell(LogEventLevel.Error, log.Log.ToString(), $"An append was refused: {wrong.Message}", wrong);
            return refused;
        }
        if (_batches.Count == 0)
            firstInRun = index;
        var rest = append.Batches;
        var pieceBytes = 0;
        var nowMs = environment.NowMs;
        var first = new BatchHeader(rest.Span).BaseOffset;
        var end = first;
        while (pieceBytes < rest.Length)
        {
            var header = new BatchHeader(rest.Span[pieceBytes..]);
            if (log.Active.MustRollBefore(header, log.Active.Size + _bytes, log.Log.Config, nowMs))
            {
                AddPiece(ref rest, ref pieceBytes);
                WriteRun();
                firstInRun = index;
                log.RollAt(log.Active.Size == 0 ? header.BaseOffset : log.WrittenEndOffset);
            }
            _batches.Add(new RunBatch(header, rest.Slice(pieceBytes, header.SizeInBytes)));
            _bytes += header.SizeInBytes;
            pieceBytes += header.SizeInBytes;
            end = header.NextOffset;
        }
        AddPiece(ref rest, ref pieceBytes);
        return AppendResult.Appended(first, end);
    }

    private void AddPiece(ref ReadOnlyMemory<byte> rest, ref int pieceBytes)
    {
        if (pieceBytes > 0)
            _pieces.Add(rest[..pieceBytes]);
        rest = rest[pieceBytes..];
        pieceBytes = 0;
    }

    private void WriteRun()
    {
        if (_batches.Count == 0)
            return;
        if (log.Log.Space.Fits(PlentyOfSpace))
            log.Active.ReserveAhead(_bytes, log.Log.Config.SegmentBytes);
        log.Active.Write(_pieces);
        log.Log.Space.Took(_bytes);
        log.Take(CollectionsMarshal.AsSpan(_batches));
        Clear();
        if (!_isDiskFull)
            return;
        _isDiskFull = false;
        environment.Tell(LogEventLevel.Info, log.Log.ToString(), "There is space on the disk again; appends are taken.");
    }

    private AppendResult AfterFailure(Exception cause)
    {
        Clear();
        if (cause is DiskFullException)
        {
            try
            {
                log.Active.DropUncounted();
                if (!_isDiskFull)
                    environment.Tell(LogEventLevel.Error, log.Log.ToString(), "The disk is full: appends are refused until there is space.", cause);
                _isDiskFull = true;
                return AppendResult.Not(AppendStatus.DiskFull, cause);
            }
            catch (Exception e)
            {
                cause = e;
            }
        }
        log.Fail(cause);
        return AppendResult.Not(AppendStatus.Failed, new LogFailedException(log.Log.ToString(), cause));
    }

    private static void Refuse(Span<PendingAppend> appends, AppendResult result)
    {
        foreach (ref var append in appends)
        {
            if (!append.Result.IsAppended)
                continue;
            append.Result = result;
            append.Token.Break(result);
        }
    }

    private void Clear()
    {
        _pieces.Clear();
        _batches.Clear();
        _bytes = 0;
    }
}

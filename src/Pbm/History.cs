namespace Pbm;

/// <summary>Lines that were given before, kept in a file of the user's if that can be had; a walk through them begins behind the last. One thread.</summary>
internal sealed class History
{
    private const int LinesMax = 500;
    private readonly string _file;
    private readonly List<string> _lines;
    private int _at;

    public History(string file)
    {
        _file = file;
        _lines = Read(file);
        _at = _lines.Count;
    }

    public static string DefaultFile => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pbm_history");

    public void Add(string line)
    {
        if (line.Trim().Length > 0 && (_lines.Count == 0 || _lines[^1] != line))
        {
            _lines.Add(line);
            if (_lines.Count > LinesMax)
                _lines.RemoveAt(0);
            Write();
        }
        _at = _lines.Count;
    }

    /// <summary>Null where there is none before.</summary>
    public string? Earlier() => _at > 0 ? _lines[--_at] : null;

    /// <summary>Empty behind the last.</summary>
    public string Later() => _at < _lines.Count - 1 ? _lines[++_at] : End();

    private string End()
    {
        _at = _lines.Count;
        return "";
    }

    private static List<string> Read(string file)
    {
        try
        {
            return File.Exists(file) ? [.. File.ReadAllLines(file).TakeLast(LinesMax)] : [];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // A prompt without a past is as good as one with it.
            return [];
        }
    }

    private void Write()
    {
        try
        {
            File.WriteAllLines(_file, _lines);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // The same: it is remembered while the prompt runs.
            _at = _lines.Count;
        }
    }
}

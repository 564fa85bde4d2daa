namespace Akka.Configuration.Hocon;

/// <summary>Where a value stands: its path from the root of the text, its line, and the included file if it came from one.</summary>
internal readonly record struct HoconOrigin(string Path, int Line, string? File = null)
{
    public override string ToString()
    {
        var path = string.IsNullOrEmpty(Path) ? "the value" : Path;
        return Line == 0 ? path : File is null ? $"{path} (line {Line})" : $"{path} ({File}, line {Line})";
    }
}

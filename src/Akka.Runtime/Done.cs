namespace Akka;

/// <summary>Says that something is complete, where there is no value to give.</summary>
public sealed class Done
{
    public static readonly Done Instance = new();

    private Done()
    {
    }
}

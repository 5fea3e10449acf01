namespace Optim.Lanes;

/// <summary>Where a formula reads its slots at the current elements, and where it writes them.</summary>
/// <typeparam name="L">The lane.</typeparam>
public interface ISlots<L>
{
    /// <summary>The slot before this step.</summary>
    /// <param name="slot">The formula's slot, from 0.</param>
    L Read(int slot);

    /// <summary>Sets the slot after this step.</summary>
    /// <param name="slot">The formula's slot, from 0.</param>
    /// <param name="value">The new value.</param>
    void Write(int slot, L value);
}

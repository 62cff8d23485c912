import { expect, test } from '../far-browser.mjs';

test('a page counts what is pressed', async ({ page }) => {
    await page.setContent('<button onclick="this.textContent = \'pressed \' + ++n">press</button><script>var n = 0</script>');
    await page.getByRole('button').click();
    await expect(page.getByRole('button')).toHaveText('pressed 1');
});

test('text is typed', async ({ page }) => {
    await page.setContent('<label>Name <input></label>');
    await page.getByLabel('Name').fill('Ada');
    await expect(page.getByLabel('Name')).toHaveValue('Ada');
});
